import { describe, expect, it } from '@jest/globals';
import { judgeWindows, STEP, windowAt } from '../../../../test/support/judging.js';
import type { GuardInput } from '../../guard.js';
import type { KOfNMemory } from '../guard-memory.js';
import type { Verdict } from '../judge.js';
import type { ArmCounts, MetricWindow } from '../reading.js';

type Counts = readonly [bad: number, total: number];

function arm(counts: Counts | null): ArmCounts | null {
  return counts && { bad: counts[0], total: counts[1] };
}

/** Windows one after the other, from number `first` on. */
function windowsOf(all: readonly (readonly [Counts | null, Counts | null])[], first = 0): MetricWindow[] {
  return all.map(([fresh, control], i) => windowAt(first + i, arm(fresh), arm(control)));
}

const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);
const told = ({ state, decision }: Verdict): string => `${state}: ${decision}`;

describe('a guard of a burn rate', () => {
  const guard: Partial<GuardInput> = {
    kind: 'burn',
    burn: { slo: 0.999, pairs: [{ long: 300, short: 60, rate: 14.4 }] },
  };
  const fine = times(60, [
    [0, 100],
    [0, 900],
  ] as const);
  const burning = times(12, [
    [10, 100],
    [0, 900],
  ] as const);

  it.each<[string, readonly (readonly [Counts | null, Counts | null])[], string]>([
    ['nothing of the new arm', [[null, [0, 900]]], 'warming: hold'],
    ['a budget that is kept', fine, 'ok: go'],
    ['one that is spent in both spans', [...fine, ...burning], 'tripped: trip'],
    ['a burst that is over', [...burning.slice(0, 3), ...fine.slice(0, 36)], 'tripped: trip'],
    [
      'too few bad ones to say',
      [
        [
          [4, 10],
          [0, 900],
        ],
      ],
      'ok: go',
    ],
    [
      'a control that spends as fast',
      times(12, [
        [10, 100],
        [90, 900],
      ]),
      'suspect: hold',
    ],
    ['no control at all', times(12, [[10, 100], null]), 'tripped: trip'],
  ])('makes of %s', (_, windows, expected) => {
    expect(told(judgeWindows(windowsOf(windows), { guard }))).toBe(expected);
  });

  it('needs both spans: what is long over does not trip, what has just begun does not yet', () => {
    const long: Partial<GuardInput> = {
      ...guard,
      burn: { slo: 0.9, pairs: [{ long: 3_600, short: 60, rate: 2 }] },
    };
    const history = times(600, [
      [0, 100],
      [0, 900],
    ] as const);
    const begun = windowsOf([
      ...history,
      ...times(12, [
        [100, 100],
        [0, 900],
      ] as const),
    ]);
    expect(told(judgeWindows(begun, { guard: long, horizon: 1 }))).toBe('ok: go');
    const { record } = judgeWindows(
      windowsOf(
        times(700, [
          [1, 100],
          [0, 900],
        ] as const),
      ),
      { guard: long },
    );
    expect(JSON.stringify(record.memory).length).toBeLessThan(60_000);
  });

  it('says how fast, over which spans', () => {
    const { evidence } = judgeWindows(
      windowsOf(
        times(12, [
          [3, 100],
          [0, 900],
        ]),
      ),
      { guard },
    );
    expect(evidence.words).toBe(
      'the budget of 0.1 % is spent 30.0× over 300 s and 30.0× over 60 s as fast as allowed, at most 14.4× (6 of 200 in all)',
    );
  });
});

describe('a guard of k of n checks', () => {
  const guard: Partial<GuardInput> = { kind: 'kOfN', threshold: 0.05, kOfN: { k: 2, of: 3, minTotal: 100 } };
  const good = [
    [1, 100],
    [10, 900],
  ] as const;
  const bad = [
    [9, 100],
    [10, 900],
  ] as const;
  const both = [
    [9, 100],
    [90, 900],
  ] as const;
  const small = [
    [1, 10],
    [10, 900],
  ] as const;

  it.each<[string, readonly (readonly [Counts | null, Counts | null])[], string]>([
    ['no check yet', [small], 'warming: hold'],
    ['good checks', [good, good], 'ok: go'],
    ['one bad check of the last three', [bad, good, good], 'ok: go'],
    ['two that are too far apart', [bad, good, good, bad], 'ok: go'],
    ['two of three', [bad, good, bad], 'tripped: trip'],
    ['small windows that make a check together', times(20, small), 'tripped: trip'],
    ['small windows that make half a check', times(15, small), 'ok: go'],
    ['an outage of both arms, which is no check', [bad, both, both], 'suspect: hold'],
    ['an outage of both arms between two bad ones', [bad, both, bad], 'tripped: trip'],
    ['no control', [bad, [[9, 100], null]], 'tripped: trip'],
  ])('makes of %s', (_, windows, expected) => {
    expect(told(judgeWindows(windowsOf(windows), { guard }))).toBe(expected);
  });

  it('is blind without data, which neither passes nor fails', () => {
    const { record } = judgeWindows(windowsOf([bad]), { guard });
    const silent = judgeWindows(windowsOf(times(4, [null, [1, 100]] as const), 1), { guard, record });
    expect(told(silent)).toBe('blind: hold');
    const then = judgeWindows(windowsOf([bad], 5), { guard, record: silent.record });
    expect(told(then)).toBe('tripped: trip');
    expect(then.evidence.words).toBe(
      'more than 5 % bad in 2 of the last 2 checks (9 %, 18 of 200, in the bad ones)',
    );
  });

  it('says what the last checks had, not what a long healthy time before them did, and no odds, which it has not', () => {
    const { evidence } = judgeWindows(windowsOf([...times(200, good), bad, good, bad]), { guard });
    expect(evidence).toMatchObject({
      words: 'more than 5 % bad in 2 of the last 3 checks (9 %, 18 of 200, in the bad ones)',
      threshold: null,
      newTotal: 20_300,
    });
    const { evidence: fine } = judgeWindows(windowsOf(times(5, good)), { guard });
    expect(fine.words).toBe('more than 5 % bad in 0 of the last 3 checks (1 %, 3 of 300, in all of them)');
  });

  it('says what there was in all, of checks that were made before their counts were kept', () => {
    const { record } = judgeWindows(windowsOf([bad]), { guard });
    const { counts: _, ...memory } = record.memory as KOfNMemory;
    const then = judgeWindows(windowsOf([bad], 1), { guard, record: { ...record, memory } });
    expect(then.evidence.words).toBe('more than 5 % bad in 2 of the last 2 checks (18 of 200 in all)');
  });
});

describe('a margin with a floor', () => {
  const guard: Partial<GuardInput> = { margin: 1.2, threshold: 0.01, phi: 1 };
  const many = (counts: readonly [Counts, Counts]): MetricWindow[] => windowsOf(times(20, counts));

  it.each<[string, readonly [Counts, Counts], boolean]>([
    [
      'worse than the control, and above the floor',
      [
        [20, 500],
        [50, 5_000],
      ],
      true,
    ],
    [
      'much worse than the control, below the floor',
      [
        [4, 500],
        [1, 5_000],
      ],
      false,
    ],
    [
      'above the floor, as the control is',
      [
        [20, 500],
        [200, 5_000],
      ],
      false,
    ],
  ])('%s', (_, counts, trips) => {
    expect(judgeWindows(many(counts), { guard }).decision === 'trip').toBe(trips);
  });

  it('has the smaller evidence of both, and says both', () => {
    const windows = windowsOf([
      [
        [20, 500],
        [50, 5_000],
      ],
    ]);
    const [both, relative, absolute] = [guard, { ...guard, threshold: null }, { ...guard, margin: null }].map(
      (one) => judgeWindows(windows, { guard: { ...one, alpha: 1e-9 } }),
    );
    expect(both?.logE).toBe(Math.min(relative?.logE ?? 0, absolute?.logE ?? 0));
    expect(both?.evidence.words).toMatch(
      /^errors 4\.0× control and 4 % against at most 1 % \(20 seen vs 5\.0 /,
    );
    expect(STEP).toBe(both?.record.watermark);
  });
});
