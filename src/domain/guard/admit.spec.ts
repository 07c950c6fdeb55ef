import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { admit, faultOf } from './admit.js';
import type { CarriedWindow } from './guard-record.js';
import type { ArmCounts, MetricWindow } from './reading.js';

const STEP = 5_000;

function windowAt(i: number, fresh: ArmCounts | null, control: ArmCounts | null = null): MetricWindow {
  return { from: i * STEP, to: (i + 1) * STEP, new: fresh, control };
}

/** What is judged of windows that come one after the other. */
function admitted(source: 'events' | 'prometheus', windows: readonly MetricWindow[]): MetricWindow[] {
  let carry: CarriedWindow | null = null;
  return windows.flatMap((window) => {
    const admission = admit(window, carry, { kind: 'ratio', source, margin: 1.2 });
    ({ carry } = admission);
    return admission.window ?? [];
  });
}

describe('a window with more bad events than total', () => {
  const early = windowAt(0, { bad: 3, total: 2 }, { bad: 0, total: 10 });

  it('is merged with the next', () => {
    const next = windowAt(1, { bad: 0, total: 8 }, { bad: 1, total: 10 });
    const whole = { from: 0, to: 10_000, new: { bad: 3, total: 10 }, control: { bad: 1, total: 20 } };
    expect(admitted('prometheus', [early, next])).toEqual([whole]);
    expect(admitted('events', [early, next])).toEqual([whole]);
  });

  it('is merged with one that lacks an arm', () => {
    const [merged] = admitted('prometheus', [early, windowAt(1, { bad: 0, total: 1 })]);
    expect(merged).toMatchObject({ new: { bad: 3, total: 3 }, control: { bad: 0, total: 10 } });
  });

  it('is merged once with Prometheus, then capped in each arm', () => {
    const next = windowAt(1, { bad: 4, total: 1 }, { bad: 30, total: 5 });
    expect(admitted('prometheus', [early, next])).toEqual([
      { from: 0, to: 10_000, new: { bad: 3, total: 3 }, control: { bad: 15, total: 15 } },
    ]);
  });

  it('is merged for a minute with events, total 0 included, then capped', () => {
    const windows = Array.from({ length: 14 }, (_, i) => windowAt(i, { bad: 1, total: i === 11 ? 4 : 0 }));
    expect(admitted('events', windows.slice(0, 11))).toEqual([]);
    expect(admitted('events', windows)).toEqual([
      { from: 0, to: 60_000, new: { bad: 4, total: 4 }, control: null },
    ]);
  });

  it('is merged once with events where only the new arm has too many: the exposures of both arms come together', () => {
    const failing = [0, 1].map((i) => windowAt(i, { bad: 300, total: 100 }, { bad: 1, total: 100 }));
    expect(admitted('events', failing)).toEqual([
      { from: 0, to: 10_000, new: { bad: 200, total: 200 }, control: { bad: 2, total: 200 } },
    ]);
  });

  it.each<[string, ArmCounts, ArmCounts]>([
    ['the control has too many as well', { bad: 3, total: 2 }, { bad: 3, total: 2 }],
    ['the control has no total', { bad: 3, total: 2 }, { bad: 0, total: 0 }],
    ['the new arm has no total', { bad: 3, total: 0 }, { bad: 1, total: 100 }],
  ])('is merged for a minute with events where %s: exposures may be late', (_, fresh, control) => {
    const windows = Array.from({ length: 12 }, (__, i) => windowAt(i, fresh, control));
    expect(admitted('events', windows.slice(0, 11))).toEqual([]);
    expect(admitted('events', windows)).toMatchObject([{ from: 0, to: 60_000 }]);
  });

  it('is never let through with more than there was, or with anything twice', () => {
    const counts = fc.record({ bad: fc.nat(9), total: fc.nat(9) });
    const pairs = fc.array(fc.tuple(counts, counts), { maxLength: 40 });
    fc.assert(
      fc.property(pairs, (drawn) => {
        const windows = drawn.map(([fresh, control], i) => windowAt(i, fresh, control));
        const judged = admitted('events', windows);
        for (const { from, to, new: fresh, control } of judged) {
          const within = windows.filter((one) => one.from >= from && one.to <= to);
          for (const [arm, name] of [
            [fresh, 'new'],
            [control, 'control'],
          ] as const) {
            const sum = (field: 'bad' | 'total'): number =>
              within.reduce((all, one) => all + (one[name]?.[field] ?? 0), 0);
            expect(arm).toEqual({ bad: Math.min(sum('bad'), sum('total')), total: sum('total') });
          }
        }
        expect(judged.map(({ from }) => from)).toEqual([
          ...(judged.length > 0 ? [0] : []),
          ...judged.slice(0, -1).map(({ to }) => to),
        ]);
      }),
    );
  });

  it('is let through at once when both are equal', () => {
    const even = windowAt(0, { bad: 2, total: 2 }, { bad: 0, total: 0 });
    expect(admitted('prometheus', [even])).toEqual([even]);
  });
});

describe('events of a drop, of which one unit may have several', () => {
  const drop = { kind: 'drop', source: 'prometheus', margin: 0.9 } as const;
  const count = fc.nat(9);
  const arm = fc.option(fc.record({ bad: count, total: count }));
  const arms = fc.record({ new: arm, control: arm });
  const patienceIsOver = { from: 0, to: STEP, new: null, control: null, merged: 1 };

  it('stay as they are in one region while those of another came without a unit', () => {
    const views = { value: 'eu', new: { bad: 150, total: 100 }, control: { bad: 300, total: 100 } };
    const late = { value: 'nz', new: { bad: 1, total: 0 }, control: { bad: 3, total: 1 } };
    const whole = windowAt(1, { bad: 151, total: 100 }, { bad: 303, total: 101 });
    const { window } = admit({ ...whole, strata: [views, late] }, patienceIsOver, drop);
    expect(window).toEqual({
      ...whole,
      from: 0,
      strata: [views, { ...late, new: { bad: 0, total: 0 } }],
    });
  });

  it('are cut to the units of an arm only where it has none of them', () => {
    fc.assert(
      fc.property(arms, fc.array(arms, { maxLength: 4 }), (all, parts) => {
        const strata = parts.map((part, i) => ({ value: String(i), ...part }));
        const { window } = admit({ ...windowAt(1, all.new, all.control), strata }, patienceIsOver, drop);
        const pairs = [
          [all, window] as const,
          ...strata.map((one, i) => [one, window?.strata?.[i]] as const),
        ];
        for (const [before, after] of pairs)
          for (const name of ['new', 'control'] as const)
            expect(after?.[name]).toEqual(before[name]?.total === 0 ? { bad: 0, total: 0 } : before[name]);
      }),
    );
  });
});

describe('a figure', () => {
  it.each([Number.NaN, Infinity, -1])('%s is no count', (odd) => {
    expect(faultOf(windowAt(0, null, { bad: odd, total: 5 }))).toBe(`a count of ${odd} is no count`);
    expect(faultOf(windowAt(0, { bad: 0, total: odd }))).toBe(`a count of ${odd} is no count`);
  });

  it('may be zero, or a part of one', () => {
    expect(faultOf(windowAt(0, { bad: 0, total: 0.5 }))).toBeNull();
  });
});
