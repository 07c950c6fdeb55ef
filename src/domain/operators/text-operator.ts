import type { Json } from '@tidegate/sdk/engine';
import { z } from 'zod';
import { isCookieText } from './literal.js';
import type { ClaimTextMatch, MeshForm, Operator } from './operator.js';

/** Longest text that an operand may be. */
const LONGEST_TEXT = 500;

/** Any text but none. */
export const textOperand = z
  .string('must be text')
  .min(1, 'must not be empty; use "exists" to ask whether there is a value')
  .max(LONGEST_TEXT);

/** The text that an operand is; only asked of those that `textOperand` accepted. */
export function textOf(value: Json): string {
  return typeof value === 'string' ? value : '';
}

const UNFIT_COOKIE = 'of a text that a cookie can hold only encoded';

/** An operator on one text: `inHeader` and `inCookie` give the whole-text RE2 pattern for it. */
export function textOperator(
  inHeader: (text: string) => string,
  inCookie: (text: string) => string,
): Operator {
  const form = (value: Json): MeshForm<ClaimTextMatch> => ({
    anyOf: [{ kind: 'regex', value: inHeader(textOf(value)) }],
  });
  return {
    operand: textOperand,
    headerForm: form,
    claimForm: form,
    cookieForm: (value) =>
      isCookieText(textOf(value))
        ? { anyOf: [{ kind: 'regex', value: inCookie(textOf(value)) }] }
        : { reason: UNFIT_COOKIE },
  };
}
