import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ALONE, type Combination, mayBeBlamed, partsOf, termOf, tripLine } from './combination.js';
import { logWeightedSum } from './log-add-exp.js';

interface Bet {
  readonly key: string;
  readonly weight: number;
  readonly alpha: number;
  readonly logE: number;
}

const bet = fc.record({
  weight: fc.double({ min: 0.01, max: 100, noNaN: true }),
  alpha: fc.double({ min: 1e-6, max: 0.5, noNaN: true }),
  logE: fc.double({ min: -700, max: 700, noNaN: true }),
});
const bets = fc
  .array(bet, { minLength: 1, maxLength: 20 })
  .map((all): Bet[] => all.map((one, index) => ({ ...one, key: `g${index}` })));

/** The terms of all, and what each of them shares with the rest. */
function shared(all: readonly Bet[]): { readonly terms: number[]; readonly combined: Combination[] } {
  const parts = partsOf(all);
  const part = ({ key }: Bet): number => parts.get(key) ?? 0;
  const terms = all.map((one) => termOf(one, part(one), one.logE));
  const combined = all.map((one, i) => {
    const others = terms.filter((_, j) => j !== i);
    const rest = others.reduce((sum, term) => sum + term, 0);
    const blamable = terms.filter((_, j) => j !== i && mayBeBlamed(all[j]?.logE ?? null));
    return { part: part(one), rest, largest: Math.max(0, ...blamable) };
  });
  return { terms, combined };
}

function blamed(all: readonly Bet[]): number[] {
  const { combined } = shared(all);
  return all.flatMap((one, i) => (one.logE >= tripLine(one, combined[i] ?? ALONE) ? [i] : []));
}

const sum = (terms: readonly number[]): number => terms.reduce((total, term) => total + term, 0);

describe('guards of one rollout', () => {
  it('trip it where their weighted evidence together reaches the line, and never below it', () => {
    fc.assert(
      fc.property(bets, (all) => {
        const total = sum(shared(all).terms);
        fc.pre(Math.abs(total - 1) > 1e-6);
        expect(blamed(all).length > 0).toBe(total > 1);
      }),
    );
  });

  it('have one to blame, which has the largest share in it, but where others pass by themselves as well', () => {
    fc.assert(
      fc.property(bets, (all) => {
        const { terms } = shared(all);
        const largest = Math.max(0, ...terms.filter((_, i) => mayBeBlamed(all[i]?.logE ?? null)));
        for (const index of blamed(all)) {
          expect(all[index]?.logE).toBeGreaterThanOrEqual(0);
          const term = terms[index] ?? 0;
          expect(term >= 1 - 1e-9 || term >= largest * (1 - 1e-9)).toBe(true);
        }
      }),
    );
  });

  it('are never later than each with its own part of the budget (Bonferroni)', () => {
    fc.assert(
      fc.property(bets, (all) => {
        const parts = partsOf(all);
        const { combined } = shared(all);
        all.forEach((one, i) => {
          const byItself = Math.log(1 / ((parts.get(one.key) ?? 0) * one.alpha));
          expect(tripLine(one, combined[i] ?? ALONE)).toBeLessThanOrEqual(byItself);
        });
      }),
    );
  });

  it('with one alpha go by the weighted mean of their evidence', () => {
    fc.assert(
      fc.property(bets, fc.double({ min: 1e-4, max: 0.5, noNaN: true }), (all, alpha) => {
        const alike = all.map((one) => ({ ...one, alpha }));
        const weights = alike.map(({ weight }) => weight);
        const mean = logWeightedSum(
          alike.map(({ logE }) => logE),
          weights.map((weight) => weight / sum(weights)),
        );
        fc.pre(Math.abs(mean - Math.log(1 / alpha)) > 1e-6);
        expect(blamed(alike).length > 0).toBe(mean > Math.log(1 / alpha));
      }),
    );
  });

  it('share a budget of the weighted mean of their alphas', () => {
    fc.assert(
      fc.property(bets, (all) => {
        const parts = partsOf(all);
        expect(sum([...parts.values()])).toBeCloseTo(1, 9);
        // Evidence of 1 is what there is on average while nothing is wrong: Markov's bound is the sum of the terms.
        const fair = all.map((one) => termOf(one, parts.get(one.key) ?? 0, 0));
        expect(sum(fair)).toBeLessThanOrEqual(Math.max(...all.map(({ alpha }) => alpha)) + 1e-12);
      }),
    );
  });

  it.each<[string, Combination, number]>([
    ['alone: at 1/alpha', ALONE, Math.log(100)],
    ['one of two, nothing seen by the other', { part: 0.5, rest: 0, largest: 0 }, Math.log(200)],
    ['the other is half way there', { part: 0.5, rest: 0.5, largest: 0.5 }, Math.log(100)],
    ['the other has more', { part: 0.5, rest: 0.8, largest: 0.8 }, Math.log(160)],
    ['the other is blind, and had more than it takes', { part: 0.5, rest: 1.2, largest: 0 }, 0],
    ['the other has tripped', { part: 0.5, rest: 3, largest: 3 }, Math.log(200)],
  ])('%s', (_, combined, expected) => {
    expect(tripLine({ alpha: 0.01 }, combined)).toBeCloseTo(expected, 12);
  });
});
