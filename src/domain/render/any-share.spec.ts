import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { splitEntries } from './split-entries.js';

const EVERY = [{ headers: [], without: [], claims: [] }];

function entriesOf(weights: readonly number[]) {
  const arms = weights.map((weight, index) => ({ version: `v${index + 1}`, weight }));
  return splitEntries({ route: 'r', id: 's', split: { arms } }, EVERY);
}

const namesOf = (weights: readonly number[]) => entriesOf(weights).map(({ name }) => name);
const goesTo = (weights: readonly number[]) =>
  entriesOf(weights).map(({ destinations }) => destinations.map(({ version }) => version).join('+'));

/** Up to 20 weights that sum to 10,000, zeros among them. */
const anyWeights = fc.array(fc.nat(4_000), { minLength: 1, maxLength: 20 }).map((parts) => {
  const total = parts.reduce((sum, part) => sum + part, 0);
  const weights = parts.map((part) => (total === 0 ? 0 : Math.floor((part / total) * 10_000)));
  const rest = 10_000 - weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight, index) => (index === 0 ? weight + rest : weight));
});

describe('the rules of a split', () => {
  it.each([
    ['nothing, of two', [0, 10_000], ['s:rest', 's:no-bucket']],
    ['a hundredth of a percent', [1, 9_999], ['s:v1', 's:rest', 's:no-bucket']],
    ['a quarter', [2_500, 7_500], ['s:v1', 's:rest', 's:no-bucket']],
    ['all but a hundredth of a percent', [9_999, 1], ['s:v1', 's:rest', 's:no-bucket']],
    ['everything', [10_000, 0], ['s:v1', 's:no-bucket']],
    ['thirds', [3_333, 3_333, 3_334], ['s:v1', 's:v2', 's:rest', 's:no-bucket']],
    ['two of three', [5_000, 0, 5_000], ['s:v1', 's:rest', 's:no-bucket']],
    ['the one in the middle', [0, 10_000, 0], ['s:v2', 's:no-bucket']],
  ])('for %s are just what that share needs', (_, weights, names) => {
    expect(namesOf(weights)).toEqual(names);
  });

  it.each([2, 3, 7, 20])('for %i versions that all have weight are one more', (count) => {
    const weights = Array.from({ length: count }, (_, index) => (index === 0 ? 10_000 - (count - 1) : 1));
    expect(entriesOf(weights)).toHaveLength(count + 1);
  });

  it('name a version without weight only for requests without a bucket, and each other version once', () => {
    fc.assert(
      fc.property(anyWeights, (weights) => {
        const used = weights.flatMap((weight, index) => (weight > 0 ? [`v${index + 1}`] : []));
        expect(goesTo(weights).slice(0, -1)).toEqual(used);
        expect(goesTo(weights).at(-1)).toBe(`v${weights.length}`);
      }),
    );
  });
});
