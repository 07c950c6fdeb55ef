import { describe, expect, it } from '@jest/globals';
import { flagSchema } from './flag.js';
import { stalenessOf } from './staleness.js';

const DAY = 86_400_000;
const now = Date.parse('2026-06-01T00:00:00Z');
const window = { now, since: now - 30 * DAY };
const flag = (fields: object = {}) =>
  flagSchema.parse({ key: 'f', type: 'boolean', variants: { on: true, off: false }, ...fields });
const seen = (days: { readonly [variant: string]: number }): Map<string, number> =>
  new Map(Object.entries(days).map(([variant, ago]) => [variant, now - ago * DAY]));

describe('a flag', () => {
  it.each<[string, object, { readonly [variant: string]: number }, boolean, unknown]>([
    ['never evaluated is stale', {}, {}, true, { reason: 'UNSEEN', variant: null }],
    ['evaluated too long ago is stale', {}, { on: 31, off: 40 }, true, { reason: 'UNSEEN', variant: null }],
    ['with one variant is stale', {}, { on: 0 }, true, { reason: 'ONE_VARIANT', variant: 'on' }],
    [
      'whose other variant was long ago is stale',
      {},
      { on: 1, off: 31 },
      true,
      { reason: 'ONE_VARIANT', variant: 'on' },
    ],
    ['with both variants is not', {}, { on: 1, off: 29 }, true, null],
    ['that is permanent may answer one variant for ever', { lifetime: 'permanent' }, { on: 1 }, true, null],
    [
      'that is permanent and unseen is stale',
      { lifetime: 'permanent' },
      {},
      true,
      { reason: 'UNSEEN', variant: null },
    ],
    ['not settled is not, whatever was seen', {}, {}, false, null],
    [
      'past its date is stale, settled or not',
      { expiresAt: '2026-06-01T00:00:00Z' },
      { on: 1, off: 1 },
      false,
      { reason: 'EXPIRED', variant: null },
    ],
    ['before its date is not', { expiresAt: '2026-06-01T00:00:01Z' }, { on: 1, off: 1 }, true, null],
    ['that is archived never is', { archived: true, expiresAt: '2020-01-01T00:00:00Z' }, {}, true, null],
  ])('%s', (_, fields, variants, isSettled, expected) => {
    expect(stalenessOf(flag(fields), { seen: seen(variants), isSettled }, window)).toEqual(expected);
  });
});
