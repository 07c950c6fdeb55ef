import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { issueErrors } from './issue-errors.js';

const form = z.strictObject({ hold: z.number(), names: z.array(z.string()), kind: z.enum(['a', 'b']) });

function wordsFor(input: unknown): [field: string | null, message: string][] {
  const { error } = form.safeParse(input);
  return issueErrors(error?.issues ?? [], 'steps.0').map(({ field, message }) => [field, message]);
}

describe('what is wrong with a document', () => {
  it('names what is missing, and what to give', () => {
    expect(wordsFor({ kind: 'a' })).toEqual([
      ['steps.0.hold', 'hold: is not given; give a number.'],
      ['steps.0.names', 'names: is not given; give an array.'],
    ]);
  });

  it('names the values that there are', () => {
    expect(wordsFor({ hold: 1, names: [], kind: 'c' })).toEqual([
      ['steps.0.kind', 'kind: must be one of "a", "b".'],
    ]);
  });
});
