import { describe, expect, it } from '@jest/globals';
import type { Resolution } from '../engine/index.js';
import { Ledger } from './ledger.js';

function resolution(variant: string | null, slot = 0, rule: string | null = null): Resolution {
  const value = variant === null ? undefined : variant;
  return Object.freeze({ value, variant, reason: 'SPLIT', rule, slot });
}

describe('Ledger', () => {
  const on = resolution('on', 0, 'r1');
  const off = resolution('off', 1);

  it('adds exposures up by flag, rule and variant', () => {
    const ledger = new Ledger();
    for (let i = 0; i < 3; i += 1) ledger.exposed('f', on);
    ledger.exposed('f', off);
    expect(ledger.take(10)).toEqual([
      { flag: 'f', rule: 'r1', variant: 'on', event: 'exposures', count: 3, sum: 3 },
      { flag: 'f', rule: null, variant: 'off', event: 'exposures', count: 1, sum: 1 },
    ]);
    expect(ledger.take(10)).toEqual([]);
  });

  it('adds tracked events up with their values', () => {
    const ledger = new Ledger();
    ledger.track('paid', 'f', on, 2.5);
    ledger.track('paid', 'f', on, -1);
    expect(ledger.take(10)).toEqual([
      { flag: 'f', rule: 'r1', variant: 'on', event: 'paid', count: 2, sum: 1.5 },
    ]);
  });

  it('counts nothing where the flag had no value to give', () => {
    const ledger = new Ledger();
    ledger.exposed('f', resolution(null));
    ledger.track('paid', 'f', resolution(null), 1);
    expect(ledger.take(10)).toEqual([]);
  });

  it('leaves for the next time what is over the limit', () => {
    const ledger = new Ledger();
    for (const event of ['a', 'b', 'c']) ledger.track(event, 'f', on, 1);
    expect(ledger.take(2).map(({ event }) => event)).toEqual(['a', 'b']);
    expect(ledger.take(2).map(({ event }) => event)).toEqual(['c']);
  });

  it('loses, and says so, sums that are no number and series beyond 20,000', () => {
    const ledger = new Ledger();
    ledger.track('a', 'f', on, Number.MAX_VALUE);
    ledger.track('a', 'f', on, Number.MAX_VALUE);
    for (let i = 0; i < 20_000; i += 1) ledger.track(`e${i}`, 'f', on, 1);
    expect(ledger.takeLost()).toBe(2);
    expect(ledger.takeLost()).toBe(0);
    expect(ledger.take(30_000)).toHaveLength(20_000);
  });
});
