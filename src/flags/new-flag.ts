import { type Fields, givenFields } from '../changes/fields.js';
import type { FlagRuleInput } from '../schema.types.js';

/** Fills in what the API lets people leave out of a rule: the split hashes the targeting key, salted with the flag's key. */
export function completeRule(flagKey: string, { description, serve, ...rule }: FlagRuleInput): unknown {
  const { split, variant } = serve;
  const salted = { bucketBy: ['targetingKey'], salt: flagKey };
  return {
    ...rule,
    ...givenFields({ description }),
    serve: {
      ...givenFields({ variant }),
      ...(split == null ? {} : { split: { ...salted, ...givenFields(split) } }),
    },
  };
}

const BOOLEAN = { variants: { on: true, off: false }, defaultVariant: 'off', offVariant: 'off' };

/** The whole document of a new flag from the fields given: a boolean flag that is off, unless they say otherwise. */
export function newFlag(fields: Fields): unknown {
  const { type = 'boolean' } = fields;
  const rules = (fields['rules'] ?? []) as readonly FlagRuleInput[];
  return {
    ...(type === 'boolean' && fields['variants'] === undefined ? BOOLEAN : {}),
    ...fields,
    type,
    rules: rules.map((rule) => completeRule(String(fields['key']), rule)),
  };
}
