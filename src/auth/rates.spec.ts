import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Budget } from './budget.js';
import { FailedAttempts } from './failed-attempts.js';

function takeAll(budget: Budget): number {
  let taken = 0;
  while (taken < 1_000_000 && budget.take()) taken += 1;
  return taken;
}

describe('a budget', () => {
  it('grants ten seconds at once, then by the clock', () => {
    let now = 1_000;
    const budget = new Budget(5, () => now);
    expect(takeAll(budget)).toBe(50);
    expect([budget.remaining, budget.reset, budget.limit]).toEqual([0, 10, 50]);
    now += 199;
    expect(budget.take()).toBe(false);
    now += 1;
    expect([budget.take(), budget.take()]).toEqual([true, false]);
    now += 3_600_000;
    expect([budget.remaining, budget.reset]).toEqual([50, 0]);
  });

  it('grants everything without a rate', () => {
    const budget = new Budget(0);
    expect(takeAll(budget)).toBe(1_000_000);
    expect([budget.remaining, budget.reset]).toEqual([Infinity, 0]);
  });

  it('is not upset by a clock that goes back', () => {
    let now = 10_000;
    const budget = new Budget(1, () => now);
    takeAll(budget);
    now = 0;
    expect(budget.take()).toBe(false);
    now = 1_000;
    expect(budget.take()).toBe(true);
  });

  it('never grants more than the rate and two bursts', () => {
    const act = fc.record({ wait: fc.nat({ max: 20_000 }), asks: fc.nat({ max: 100 }) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(act, { maxLength: 50 }), (rate, acts) => {
        let now = 0;
        let granted = 0;
        const budget = new Budget(rate, () => now);
        for (const { wait, asks } of acts) {
          now += wait;
          for (let ask = 0; ask < asks; ask += 1) if (budget.take()) granted += 1;
        }
        expect(granted).toBeLessThanOrEqual((now * rate) / 1_000 + 2 * budget.limit);
      }),
    );
  });
});

describe('failed attempts', () => {
  it('are refused by address above the limit, until the next minute', () => {
    const attempts = new FailedAttempts(2);
    expect([attempts.count('a', 1_000), attempts.count('a', 2_000), attempts.count('a', 3_000)]).toEqual([
      0, 0, 57,
    ]);
    expect([attempts.count('b', 3_000), attempts.waitOf('a', 59_999), attempts.waitOf('a', 60_000)]).toEqual([
      0, 1, 0,
    ]);
  });

  it('are never refused without a limit', () => {
    const attempts = new FailedAttempts(0);
    expect(Array.from({ length: 1_000 }, () => attempts.count('a', 0))).toEqual(Array(1_000).fill(0));
  });

  it('of made-up addresses are forgotten, so that they cost no memory', () => {
    const attempts = new FailedAttempts(1);
    attempts.count('a', 0);
    expect(attempts.count('a', 0)).toBeGreaterThan(0);
    for (let n = 0; n < 10_000; n += 1) attempts.count(`x${n}`, 0);
    expect(attempts.waitOf('a', 0)).toBe(0);
  });
});
