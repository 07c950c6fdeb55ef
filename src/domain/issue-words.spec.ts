import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { issueWords } from './issue-words.js';

const said = (form: z.ZodType, given: unknown): string[] =>
  (form.safeParse(given).error?.issues ?? []).map(issueWords);

describe('what a field must be', () => {
  it.each<[string, z.ZodType, unknown, string]>([
    ['a number that is too small', z.number().min(1), 0, 'must be 1 or more'],
    ['a number on an open bound', z.number().gt(0), 0, 'must be more than 0'],
    ['a number that is too large', z.int().max(100), 101, 'must be 100 or less'],
    ['a number on the other open bound', z.number().lt(1), 1, 'must be less than 1'],
    ['a text that is too short', z.string().min(20), 'x', 'must have at least 20 characters'],
    ['an empty list', z.array(z.string()).min(1), [], 'must have at least 1 entry'],
    ['a list that is too long', z.array(z.string()).max(1), ['a', 'b'], 'must have at most 1 entry'],
    ['a value of none that there are', z.literal([10, 30, 60]), 20, 'must be one of 10, 30, 60'],
    ['another value than the one there is', z.literal('a'), 'b', 'must be "a"'],
    ['a name of none that there are', z.enum(['a', 'b']), 'c', 'must be one of "a", "b"'],
    ['a text for a number', z.number(), '1', 'must be a number'],
    ['half a number', z.int(), 1.5, 'must be a whole number'],
    ['nothing', z.strictObject({ hold: z.int() }), {}, 'is not given; give a number'],
    ['a field that nobody knows', z.strictObject({}), { nwe: 1 }, 'has the unknown field "nwe"'],
    ['no multiple', z.number().multipleOf(5), 7, 'must be a multiple of 5'],
    ['no URL', z.url(), 'x', 'must be a URL'],
    ['another form', z.string().regex(/^a$/), 'b', 'must match /^a$/'],
    ['what a rule of ours refuses', z.number().gt(0, 'must be a share'), 0, 'must be a share'],
    ['a rule with a sentence of its own', z.number().refine(() => false, 'Give less'), 0, 'Give less'],
  ])('is told in plain words of %s', (_, form, given, words) => {
    expect(said(form, given)).toEqual([words]);
  });
});
