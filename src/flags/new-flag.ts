import type { FlagRuleInput } from '../schema.types.js';

/** Fills in what the API lets people leave out of a rule: the split hashes the targeting key, salted with the flag's key. */
export function completeRule(flagKey: string, rule: FlagRuleInput): unknown {
  const { split } = rule.serve;
  if (split === undefined || split === null) return rule;
  return {
    ...rule,
    serve: { ...rule.serve, split: { bucketBy: ['targetingKey'], salt: flagKey, ...split } },
  };
}

const BOOLEAN = { variants: { on: true, off: false }, defaultVariant: 'off', offVariant: 'off' };

/** The whole document of a new flag from the fields given: a boolean flag that is off, unless they say otherwise. */
export function newFlag(fields: { readonly [field: string]: unknown }): unknown {
  const type = fields['type'] ?? 'boolean';
  const rules = (fields['rules'] ?? []) as readonly FlagRuleInput[];
  return {
    description: '',
    owner: '',
    tags: [],
    lifetime: 'temporary',
    expiresAt: null,
    enabled: false,
    prerequisites: [],
    targets: [],
    ...(type === 'boolean' && fields['variants'] === undefined
      ? BOOLEAN
      : { defaultVariant: null, offVariant: null }),
    ...fields,
    type,
    rules: rules.map((rule) => completeRule(String(fields['key']), rule)),
  };
}
