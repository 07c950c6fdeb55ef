import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Resolution } from '../engine/index.js';
import type { EventBatch, EventCount } from './event-batch.js';
import { Ledger } from './ledger.js';

function resolution(variant: string | null, slot = 0, rule: string | null = null): Resolution {
  const value = variant === null ? undefined : variant;
  return Object.freeze({ value, variant, reason: 'SPLIT', rule, slot });
}

const ROOMY = { series: 200_000, bytes: 100_000_000, count: 1_000_000_000 };

/** All that a ledger holds, in batches of the given limits. */
function drain(ledger: Ledger, limits = ROOMY): EventBatch[] {
  const batches: EventBatch[] = [];
  ledger.settle();
  for (let batch = ledger.take(limits); batch !== null; batch = ledger.take(limits)) batches.push(batch);
  return batches;
}

const countsOf = (ledger: Ledger): EventCount[] => drain(ledger).flatMap(({ counts }) => counts);

describe('Ledger', () => {
  const on = resolution('on', 0, 'r1');
  const off = resolution('off', 1);

  it('adds exposures up by flag, rule and variant', () => {
    const ledger = new Ledger();
    for (let i = 0; i < 3; i += 1) ledger.exposed('f', on);
    ledger.exposed('f', off);
    expect(countsOf(ledger)).toEqual([
      { flag: 'f', rule: 'r1', variant: 'on', event: 'exposures', count: 3, sum: 3 },
      { flag: 'f', rule: null, variant: 'off', event: 'exposures', count: 1, sum: 1 },
    ]);
    expect(countsOf(ledger)).toEqual([]);
  });

  it('adds tracked events up with their values, by bucket', () => {
    const ledger = new Ledger();
    for (const value of [2.5, -1, 2.75, 0]) ledger.track('paid', 'f', on, value);
    const series = { flag: 'f', rule: 'r1', variant: 'on', event: 'paid' };
    expect(countsOf(ledger)).toEqual([
      { ...series, bucket: 11, count: 2, sum: 5.25 },
      { ...series, bucket: 0, count: 2, sum: -1 },
    ]);
  });

  it('gives what is only counted no bucket', () => {
    const ledger = new Ledger();
    for (let i = 0; i < 3; i += 1) ledger.track('failed', 'f', on, 1);
    expect(countsOf(ledger)).toEqual([
      { flag: 'f', rule: 'r1', variant: 'on', event: 'failed', count: 3, sum: 3 },
    ]);
  });

  it('counts nothing where the flag had no value to give', () => {
    const ledger = new Ledger();
    ledger.exposed('f', resolution(null));
    ledger.track('paid', 'f', resolution(null), 1);
    expect(countsOf(ledger)).toEqual([]);
    expect(ledger.counted).toBe(0);
  });

  it('leaves for the next batch what is over the number of series, the oldest first', () => {
    const ledger = new Ledger();
    for (const event of ['a', 'b', 'a', 'c']) ledger.track(event, 'f', on, 1);
    const batches = drain(ledger, { ...ROOMY, series: 2 });
    expect(batches.map(({ counts }) => counts.map(({ event }) => event))).toEqual([['a', 'b'], ['c']]);
    expect(batches.map(({ first }) => first)).toEqual([1, 3]);
  });

  it('leaves for the next batch what is over its bytes, and sends one series however long', () => {
    const ledger = new Ledger();
    for (const event of ['a', 'b', 'long'.repeat(100), 'c']) ledger.track(event, 'f', on, 1);
    const batches = drain(ledger, { ...ROOMY, bytes: 200 });
    expect(batches.map(({ counts }) => counts.length)).toEqual([2, 1, 1]);
  });

  it('parts a count that is over what one entry may hold', () => {
    const ledger = new Ledger();
    for (let i = 0; i < 5; i += 1) ledger.track('paid', 'f', on, 2);
    ledger.track('failed', 'f', on, 1);
    const batches = drain(ledger, { ...ROOMY, count: 2 });
    const parts = batches.map(({ counts }) => counts.map(({ event, count, sum }) => ({ event, count, sum })));
    expect(parts).toEqual([
      [{ event: 'paid', count: 2, sum: 10 }],
      [{ event: 'paid', count: 2, sum: 0 }],
      [
        { event: 'paid', count: 1, sum: 0 },
        { event: 'failed', count: 1, sum: 1 },
      ],
    ]);
  });

  it('loses, and counts as lost, sums that are no number and series beyond 100,000', () => {
    const ledger = new Ledger();
    ledger.track('a', 'f', on, Number.MAX_VALUE);
    ledger.track('a', 'f', on, Number.MAX_VALUE);
    for (let i = 0; i < 100_005; i += 1) ledger.track(`e${i}`, 'f', on, 1);
    expect(ledger.invalid).toBe(1);
    expect(ledger.overflow).toBe(6);
    expect(countsOf(ledger)).toHaveLength(100_000);
    expect(ledger.counted).toBe(100_007);
  });

  it('tells when enough series are held to fill a batch', () => {
    const ledger = new Ledger();
    let told = 0;
    ledger.tellAt(2, () => (told += 1));
    ledger.track('a', 'f', on, 1);
    ledger.track('a', 'f', on, 1);
    expect(told).toBe(0);
    ledger.track('b', 'f', on, 1);
    expect(told).toBe(1);
  });

  it('loses and invents nothing: what went in comes out in batches, or is counted as lost', () => {
    const step = fc.oneof(
      fc.record({ act: fc.constant('expose' as const), flag: fc.constantFrom('f', 'g'), served: fc.nat(1) }),
      fc.record({
        act: fc.constant('track' as const),
        flag: fc.constantFrom('f', 'g'),
        event: fc.constantFrom('a', 'b', 'c'),
        value: fc.oneof(fc.integer(), fc.constant(Number.MAX_VALUE)),
      }),
      fc.record({ act: fc.constant('take' as const), series: fc.integer({ min: 1, max: 3 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const ledger = new Ledger();
        const batches: EventBatch[] = [];
        let entered = 0;
        for (const given of steps) {
          if (given.act === 'take') {
            ledger.settle();
            const batch = ledger.take({ ...ROOMY, series: given.series });
            if (batch !== null) batches.push(batch);
            continue;
          }
          entered += 1;
          if (given.act === 'expose') ledger.exposed(given.flag, given.served === 0 ? on : off);
          else ledger.track(given.event, given.flag, on, given.value);
        }
        batches.push(...drain(ledger));
        const left = batches.flatMap(({ counts }) => counts).reduce((sum, { count }) => sum + count, 0);
        expect(batches.reduce((sum, { additions }) => sum + additions, 0)).toBe(left);
        expect(ledger.counted).toBe(entered);
        expect(left + ledger.overflow + ledger.invalid).toBe(entered);
        expect(batches.every(({ first }, i) => first >= (batches[i - 1]?.first ?? 0))).toBe(true);
      }),
    );
  });
});
