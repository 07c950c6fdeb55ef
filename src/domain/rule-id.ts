import { z } from 'zod';
import { KEY_FORM, isReservedName } from './key.js';

const OWNED_FORM = /^rollout:(.+):(?:audience|split)$/;

function isRuleId(id: string): boolean {
  return KEY_FORM.test(OWNED_FORM.exec(id)?.[1] ?? id);
}

/** Id of a rule: a key, or the form `rollout:<key>:audience` or `rollout:<key>:split` that rollouts write. */
export const ruleIdSchema = z
  .string()
  .refine(isRuleId, {
    error: 'must be 1 to 100 letters, digits, ".", "_", ":" or "-", and start with a letter or digit',
    params: { code: 'INVALID_KEY' },
  })
  .refine((id) => !isReservedName(id), { error: 'is a reserved name', params: { code: 'RESERVED_NAME' } });

export const descriptionSchema = z.string().max(2_000);
export const MOST_RULES = 100;
