import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sampleFlag, sampleSnapshot } from '../../../test/support/sample-documents.js';
import { compile, type Flag, type Snapshot } from '../engine/index.js';
import { PrivateAttributes } from './private-attributes.js';
import { UnitBook, type UnitCount } from './unit-book.js';

const RULE = 'rollout:new:split';

function checkout(weight: number, salt = 's', bucketBy = ['targetingKey']): Flag {
  const arms = [
    { variant: 'on', weight },
    { variant: 'off', weight: 100_000 - weight },
  ];
  return sampleFlag('checkout', {
    rules: [{ id: RULE, condition: { all: [] }, serve: { split: { bucketBy, salt, arms } } }],
  });
}

function snapshotOf(flag: Flag, events: Snapshot['events'] = { paid: ['checkout'] }): Snapshot {
  return sampleSnapshot({ epoch: 'a', flags: [flag], events });
}

function bookOf(snapshot: Snapshot, hidden: readonly (readonly string[])[] = []): UnitBook {
  const book = new UnitBook(new PrivateAttributes(hidden));
  book.show(snapshot);
  return book;
}

const unitsIn = (taken: readonly UnitCount[]): number =>
  taken.reduce((sum, { units }) => sum + units.length, 0);

function serve(book: UnitBook, snapshot: Snapshot, users: readonly string[]): void {
  const engine = compile(snapshot);
  for (const targetingKey of users)
    book.exposed(engine.evaluate('checkout', { targetingKey }), { targetingKey });
}

describe('UnitBook', () => {
  const half = snapshotOf(checkout(50_000));

  it('watches what is sound beside a flag that is malformed', () => {
    const broken = [null, { key: 'paid-by', rules: [null] }, { key: 'paid-by', rules: 7 }];
    const book = bookOf({
      ...half,
      flags: [...(broken as unknown as Flag[]), ...half.flags],
      events: { paid: ['checkout', 'paid-by'] },
    });
    serve(book, half, ['ann']);
    expect(unitsIn(book.take(10, 0))).toBe(1);
  });

  it('tells each subject once, with the variant and share that it was served by, and no key', () => {
    const book = bookOf(half);
    const users = Array.from({ length: 200 }, (_, index) => `user-${index}`);
    serve(book, half, [...users, ...users]);
    const taken = book.take(1_000, 0);
    expect(unitsIn(taken)).toBe(200);
    expect(taken).toEqual(
      expect.arrayContaining(
        ['on', 'off'].map((variant) =>
          expect.objectContaining({
            flag: 'checkout',
            rule: RULE,
            variant,
            event: 'exposures',
            share: 50_000,
          }),
        ),
      ),
    );
    expect(JSON.stringify(taken)).not.toContain('user-');
    serve(book, half, users);
    expect(book.take(1_000, 0)).toEqual([]);
  });

  it('tells what subjects did apart from that they were served', () => {
    const book = bookOf(half);
    const engine = compile(half);
    const context = { targetingKey: 'ann' };
    for (let i = 0; i < 3; i += 1) book.tracked('paid', engine.evaluate('checkout', context), context);
    expect(book.take(10, 0)).toEqual([
      expect.objectContaining({ event: 'paid', units: [expect.any(Number)] }),
    ]);
  });

  it('tells again after ten minutes, as another run may be counted by then', () => {
    const book = bookOf(half);
    serve(book, half, ['ann']);
    expect(unitsIn(book.take(10, 0))).toBe(1);
    serve(book, half, ['ann']);
    expect(book.take(10, 599_000)).toEqual([]);
    expect(book.take(10, 600_000)).toEqual([]);
    serve(book, half, ['ann']);
    expect(unitsIn(book.take(10, 601_000))).toBe(1);
  });

  it.each([
    ['no event is credited to the flag', snapshotOf(checkout(50_000), {}), []],
    ['the split goes by a private attribute', half, [['targetingKey']]],
  ])('watches nothing where %s', (_, snapshot, hidden) => {
    const book = bookOf(snapshot, hidden);
    expect(book.watching).toBe(false);
    serve(book, snapshot, ['ann']);
    expect(book.take(10, 0)).toEqual([]);
  });

  it('tells nothing of a subject without a key, nor of a rule that no rollout owns', () => {
    const book = bookOf(half);
    const engine = compile(half);
    book.exposed(engine.evaluate('checkout', {}), {});
    book.exposed(
      { value: true, variant: 'on', reason: 'SPLIT', rule: 'mine', slot: 0 },
      { targetingKey: 'ann' },
    );
    expect(book.take(10, 0)).toEqual([]);
  });

  it('keeps what is waiting over a step of the rollout, and what is taken within its limit', () => {
    const book = bookOf(half);
    serve(book, half, ['ann', 'bob', 'cy']);
    book.show(snapshotOf(checkout(80_000)));
    expect([book.take(2, 0), book.take(2, 0), book.take(2, 0)].map(unitsIn)).toEqual([2, 1, 0]);
  });

  it('holds a bounded part of very many subjects, the same share of each variant', () => {
    const book = bookOf(half);
    serve(
      book,
      half,
      Array.from({ length: 60_000 }, (_, index) => `u${index}`),
    );
    const taken = book.take(1_000_000, 0);
    const [on, off] = ['on', 'off'].map((variant) => unitsIn(taken.filter((one) => one.variant === variant)));
    expect(unitsIn(taken)).toBeLessThan(36_000);
    expect(unitsIn(taken)).toBeGreaterThan(20_000);
    expect((on ?? 0) / ((on ?? 0) + (off ?? 0))).toBeCloseTo(0.5, 1);
  });

  it('counts subjects by a hash that says nothing of their arm', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 8 }),
        fc.integer({ min: 20_000, max: 80_000 }),
        (salt, weight) => {
          const snapshot = snapshotOf(checkout(weight, salt));
          const book = bookOf(snapshot);
          serve(
            book,
            snapshot,
            Array.from({ length: 2_000 }, (_, index) => `u${index}`),
          );
          const low = book
            .take(10_000, 0)
            .flatMap(({ variant, units }) => units.filter((hash) => hash < 2 ** 31).map(() => variant));
          const share = low.filter((variant) => variant === 'on').length / low.length;
          // five standard deviations of about a thousand subjects
          expect(Math.abs(share - weight / 100_000)).toBeLessThan(0.085);
        },
      ),
      { numRuns: 20 },
    );
  });
});
