import { z } from 'zod';

/** Names that are properties of every object; a document or attribute with such a name could shadow them. */
const RESERVED = new Set(['__proto__', 'prototype', 'constructor', 'hasOwnProperty', 'toString', 'valueOf']);

export const KEY_FORM = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/;
export const LABEL_FORM = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;

/**
 * Key of a flag, segment, guard or rollout, name of a variant, id of a rule: letters, digits, `.`, `_`, `-`, `:` not
 * first, 1 to 100 characters, none of JavaScript's own property names.
 */
export const keySchema = z
  .string()
  .regex(KEY_FORM, 'must be 1 to 100 letters, digits, ".", "_", ":" or "-", and start with a letter or digit')
  .refine((key) => !RESERVED.has(key), 'is a reserved name');

/** DNS label of at most 40 characters: keys of routes and environments, names of versions. They end up in object names. */
export const labelSchema = z
  .string()
  .regex(LABEL_FORM, 'must be a DNS label of at most 40 characters (a-z, 0-9, "-")')
  .refine((key) => !RESERVED.has(key), 'is a reserved name');

/** Whether a name is one of JavaScript's own property names. */
export function isReservedName(name: string): boolean {
  return RESERVED.has(name);
}
