import { type Fields, givenFields } from '../changes/fields.js';
import type { RouteRuleInput } from '../schema.types.js';

/** A rule as the document has it, without what was not given. */
export function completeRule({ description, serve, http, ...rule }: RouteRuleInput): unknown {
  const { split, version } = serve;
  return {
    ...rule,
    ...givenFields({ description, http }),
    serve: { ...givenFields({ version }), ...(split == null ? {} : { split: givenFields(split) }) },
  };
}

/** The whole document of a new route from the fields given; its salt is its key unless they say otherwise. */
export function newRoute(fields: Fields): unknown {
  const rules = (fields['rules'] ?? []) as readonly RouteRuleInput[];
  return { salt: fields['key'], ...fields, rules: rules.map(completeRule) };
}
