import { describe, expect, it } from '@jest/globals';
import { type GuardInput, guardSchema } from '../guard.js';
import { ALONE } from './combination.js';
import type { GuardRecord } from './guard-record.js';
import { judge, type Judgement, type Verdict } from './judge.js';
import type { ArmCounts, MetricReading, MetricWindow } from './reading.js';
import { freshRecord } from './record.js';

const START = 1_000_000;
const STEP = 5_000;
const HOUR = 3_600_000;

const relative = guardSchema.parse({
  key: 'errors',
  source: 'prometheus',
  template: 'envoy',
  margin: 1,
  phi: 1,
});
const absolute = { ...relative, margin: null, threshold: 0.01 };

type Counts = readonly [bad: number, total: number] | null;
const HEALTHY: readonly [Counts, Counts] = [
  [0, 100],
  [1, 1_000],
];
const FAILING: readonly [Counts, Counts] = [
  [60, 100],
  [1, 1_000],
];

function armOf(counts: Counts): ArmCounts | null {
  return counts && { bad: counts[0], total: counts[1] };
}

/** Windows of 5 s one after the other from `from`: [new, control] each. */
function windowsFrom(from: number, ...all: readonly (readonly [Counts, Counts])[]): MetricWindow[] {
  return all.map(([fresh, control], i) => ({
    from: from + i * STEP,
    to: from + (i + 1) * STEP,
    new: armOf(fresh),
    control: armOf(control),
  }));
}

function readingOf(windows: readonly MetricWindow[], overrides: Partial<MetricReading> = {}): MetricReading {
  const watermark = windows.at(-1)?.to ?? START;
  return { windows, watermark, unknown: null, lost: 0, windowLength: STEP, ...overrides };
}

interface Given {
  readonly guard?: Partial<GuardInput>;
  readonly record?: GuardRecord;
  readonly reading?: Partial<MetricReading>;
  readonly situation?: Partial<Judgement['situation']>;
}

/** Judges some windows right after the last of them. */
function judged(windows: readonly MetricWindow[] | null, given: Given = {}): Verdict {
  const reading = windows && readingOf(windows, given.reading);
  return judge({
    guard: guardSchema.parse({ ...relative, ...given.guard }),
    record: given.record ?? freshRecord(1, START),
    reading,
    situation: {
      now: (windows?.at(-1)?.to ?? START) + 1_000,
      combined: ALONE,
      comparable: true,
      plan: { plannedEnd: START + HOUR, paused: false, endless: false },
      step: { startedAt: START, holdMs: 60_000 },
      ...given.situation,
    },
  });
}

const repeat = (times: number, window: readonly [Counts, Counts]): readonly (readonly [Counts, Counts])[] =>
  Array.from({ length: times }, () => window);
const told = ({ state, decision }: Verdict): string => `${state}: ${decision}`;

describe('what a guard says', () => {
  const tripped = judged(windowsFrom(START, FAILING)).record;
  const seen = judged(windowsFrom(START, ...repeat(3, HEALTHY))).record;
  const suspect = judged(
    windowsFrom(START, [
      [14, 450],
      [10, 1_000],
    ]),
  ).record;
  const later = (ms: number): Given['situation'] => ({ now: seen.watermark + ms });

  it.each<[string, Verdict, string]>([
    ['nothing yet', judged([]), 'warming: hold'],
    [
      'traffic in control only',
      judged(
        windowsFrom(START, [
          [0, 0],
          [1, 100],
        ]),
      ),
      'warming: hold',
    ],
    ['no data of the new arm', judged(windowsFrom(START, [null, [1, 100]])), 'warming: hold'],
    ['as healthy as control', judged(windowsFrom(START, HEALTHY)), 'ok: go'],
    ['failing in the first window', judged(windowsFrom(START, FAILING)), 'tripped: trip'],
    ['latched before', judged([], { record: tripped }), 'tripped: hold'],
    [
      'latched, and healthy since',
      judged(windowsFrom(tripped.watermark, HEALTHY), { record: tripped }),
      'tripped: hold',
    ],
    ['odds of more than 10:1', judged([], { record: suspect }), 'suspect: hold'],
    [
      'the source is in trouble',
      judged([], { record: seen, reading: { unknown: 'no answer' } }),
      'blind: hold',
    ],
    ['no news for 3 windows', judged([], { record: seen, situation: later(15_000) }), 'ok: go'],
    ['no news for longer', judged([], { record: seen, situation: later(15_001) }), 'blind: hold'],
    [
      "data from ahead, as the store's clock was set back",
      judged([], { record: seen, situation: later(-15_001) }),
      'blind: hold',
    ],
    ['not asked for long', judged(null, { record: seen, situation: later(46_000) }), 'blind: hold'],
    [
      'one arm missing for 4 windows',
      judged(windowsFrom(seen.watermark, ...repeat(4, [null, [1, 1_000]])), { record: seen }),
      'blind: hold',
    ],
    [
      'control missing for 4 windows',
      judged(windowsFrom(seen.watermark, ...repeat(4, [[0, 100], null])), { record: seen }),
      'blind: hold',
    ],
    [
      'both arms there but idle for 4 windows',
      judged(
        windowsFrom(
          seen.watermark,
          ...repeat(4, [
            [0, 0],
            [0, 0],
          ]),
        ),
        { record: seen },
      ),
      'ok: go',
    ],
    [
      'no control',
      judged(windowsFrom(START, FAILING), { situation: { comparable: false } }),
      'no-control: go',
    ],
    [
      'no control, and the source in trouble',
      judged([], { reading: { unknown: 'no answer' }, situation: { comparable: false } }),
      'no-control: go',
    ],
    [
      'latched, and no control',
      judged([], { record: tripped, situation: { comparable: false } }),
      'tripped: hold',
    ],
  ])('%s', (_, verdict, expected) => expect(told(verdict)).toBe(expected));

  it.each<[string, Partial<Judgement['situation']>, string]>([
    ['less than a hold', { step: { startedAt: START, holdMs: 60_000 } }, 'suspect: hold'],
    ['one whole hold', { step: { startedAt: START, holdMs: 25_000 } }, 'suspect: go'],
    [
      'a hold that began before this step',
      { step: { startedAt: START + 20_000, holdMs: 25_000 } },
      'suspect: hold',
    ],
    ['any time in a step without end', { step: { startedAt: START, holdMs: null } }, 'suspect: hold'],
    ['any time without a step', { step: null }, 'suspect: hold'],
  ])('a suspect arm that is quiet for %s', (_, situation, expected) => {
    const quiet = windowsFrom(
      suspect.watermark,
      ...repeat(5, [
        [0, 1],
        [10, 1_000],
      ]),
    );
    expect(told(judged(quiet, { record: suspect, situation }))).toBe(expected);
  });

  it('is unsure of counts that are none', () => {
    for (const odd of [Number.NaN, Infinity, -1]) {
      const verdict = judged(
        windowsFrom(START, [
          [odd, 100],
          [1, 100],
        ]),
      );
      expect(told(verdict)).toBe('blind: hold');
      expect(verdict.record).toMatchObject({ windows: 0, watermark: START, logE: null });
    }
  });
});

describe('an absolute guard', () => {
  const guard = { ...absolute };

  it('needs no control', () => {
    expect(told(judged(windowsFrom(START, [[0, 100], null]), { guard }))).toBe('ok: go');
    const alone = { comparable: false };
    expect(told(judged(windowsFrom(START, [[40, 100], null]), { guard, situation: alone }))).toBe(
      'tripped: trip',
    );
  });

  it('says what share it saw against what share it allows', () => {
    const { evidence } = judged(
      windowsFrom(START, [
        [40, 1_000],
        [0, 5],
      ]),
      { guard },
    );
    expect(evidence.words).toBe('errors 4 % against at most 1 % (40 of 1,000, odds over 1,000,000:1)');
  });
});

describe('the line', () => {
  const windows = windowsFrom(
    START,
    ...repeat(3, [
      [3, 100],
      [10, 1_000],
    ]),
  );
  const { logE } = judged(windows, { guard: { alpha: 1e-9 } });
  const odds = Math.exp(logE ?? 0);

  it('lies at 1/alpha, and at m/alpha for m guards on one rollout', () => {
    const alpha = 0.99 / odds;
    expect(told(judged(windows, { guard: { alpha: 1.01 / odds } }))).toBe('tripped: trip');
    expect(judged(windows, { guard: { alpha } }).decision).not.toBe('trip');
    const two = { combined: { part: 0.5, rest: 0, largest: 0 } };
    expect(judged(windows, { guard: { alpha: 1.01 / odds }, situation: two }).decision).not.toBe('trip');
    expect(judged(windows, { guard: { alpha: 2.02 / odds }, situation: two }).decision).toBe('trip');
  });

  it('is not reached below minEvents, and is as soon as they are there', () => {
    const guard = { minEvents: 10, alpha: 0.5 };
    expect(judged(windows, { guard }).decision).not.toBe('trip');
    const ten = judged(
      [
        ...windows,
        ...windowsFrom(START + 15_000, [
          [1, 10],
          [10, 1_000],
        ]),
      ],
      { guard },
    );
    expect(ten.decision).toBe('trip');
  });

  it('moves away with phi', () => {
    const doubled = judged(windows, { guard: { alpha: 1e-9, phi: 2 } });
    expect(doubled.logE).toBeLessThan(logE ?? 0);
  });
});

describe('a trip', () => {
  const verdict = judged(windowsFrom(START, HEALTHY, FAILING, HEALTHY));

  it('is latched in the record, with the evidence of that moment', () => {
    expect(verdict.record.trip).toEqual({ at: START + 16_000, evidence: verdict.evidence });
    expect(verdict.record).toMatchObject({ state: 'tripped', watermark: START + 10_000, windows: 2 });
    expect(verdict.evidence.logE).toBeGreaterThan(verdict.evidence.threshold ?? Infinity);
  });

  it('speaks of how much more was seen than expected, at what odds', () => {
    expect(verdict.evidence.words).toBe(
      'errors 600.0× control in the last 5 s (60 seen vs 0.1 expected, odds over 1,000,000:1; 300.0× in all)',
    );
    const milder = judged(
      windowsFrom(START, [
        [14, 450],
        [10, 1_000],
      ]),
      { guard: { alpha: 1e-9 } },
    );
    expect(milder.evidence.words).toBe('errors 3.1× control (14 seen vs 4.5 expected, odds 14:1)');
    const flawless = judged(
      windowsFrom(START, [
        [14, 450],
        [0, 1_000],
      ]),
    );
    expect(flawless.evidence.words).toMatch(/^errors in the new arm only \(14 seen vs 0.0 expected, odds /);
  });

  it('names the event that it counts, and says what could not be read', () => {
    const guard = { source: 'events' as const, events: { flag: 'shop', bad: 'gave-up' }, template: null };
    const { evidence, record } = judged(windowsFrom(START, FAILING), { guard, reading: { lost: 61_000 } });
    expect(evidence.words).toMatch(/^"gave-up" 600\.0× control \(.*\); 61 s could not be read$/);
    expect(record.lost).toBe(61_000);
  });
});

describe('a window', () => {
  const windows = windowsFrom(START, HEALTHY, [
    [2, 100],
    [3, 1_000],
  ]);
  const first = judged(windows).record;

  it('is applied once: the same reading again changes nothing', () => {
    expect(judged(windows, { record: first }).record).toBe(first);
    expect(judged(windows.slice(0, 1), { record: first }).record).toBe(first);
  });

  it('that is new counts, though old ones stand before it', () => {
    const one = judged(windows.slice(0, 1)).record;
    expect(judged(windows, { record: one }).record).toEqual(first);
  });

  it('gives the same evidence read one by one and all at once', () => {
    const one = judged(windows.slice(0, 1)).record;
    const both = judged(windows.slice(1), { record: one }).record;
    expect(both).toEqual(first);
  });

  it('that begins before the watermark is left to be read again, with all after it', () => {
    const odd = windowsFrom(first.watermark - 1_000, FAILING, FAILING);
    expect(judged(odd, { record: first })).toMatchObject({ decision: 'go', record: first });
  });

  it('leaves the usual length of its source in the record; a reading without windows says nothing of it', () => {
    const { record } = judged(windows, { reading: { windowLength: 7_000 } });
    expect(record.windowLength).toBe(7_000);
    const none = judged([], { record, reading: { windowLength: 15_000, watermark: record.watermark + 1 } });
    expect(none.record.windowLength).toBe(7_000);
  });

  it('moves the watermark even when it says nothing', () => {
    const idle = judged(windowsFrom(START, [null, null]));
    expect(idle.record).toMatchObject({ watermark: START + STEP, windows: 0, spent: 0, dataAt: null });
    const empty = judged([], { reading: { watermark: START + 7_000, lost: 500 } });
    expect(empty.record).toMatchObject({ watermark: START + 7_000, lost: 500 });
  });
});

describe('no control', () => {
  const apart = judged(null, { situation: { comparable: false } }).record;

  it('gathers nothing and spends no mass', () => {
    const { record } = judged(windowsFrom(START, FAILING), { situation: { comparable: false } });
    expect(record).toEqual({ ...freshRecord(1, START), state: 'no-control' });
  });

  it('ends with a step: what happened before that step never counts', () => {
    const step = { startedAt: START + 60_000, holdMs: 60_000 };
    const turned = judged(windowsFrom(START, FAILING), { record: apart, situation: { step } });
    expect(told(turned)).toBe('warming: hold');
    expect(turned.record).toMatchObject({ madeAt: START + 60_000, watermark: START + 60_000, windows: 0 });
  });
});

describe('more bad events than total', () => {
  const early = [
    [3, 2],
    [0, 10],
  ] as const;
  const held = judged(windowsFrom(START, early)).record;

  it('are kept back in the record, and judged with the next window', () => {
    expect(held).toMatchObject({ windows: 0, watermark: START + STEP, carry: { merged: 1 } });
    const [next] = repeat(1, [
      [0, 8],
      [0, 10],
    ]);
    const { record } = judged(windowsFrom(START + STEP, next ?? HEALTHY), { record: held });
    expect(record).toMatchObject({ windows: 1, carry: null });
    expect(record.sums).toEqual({ newBad: 3, newTotal: 10, controlBad: 0, controlTotal: 20 });
  });

  it('are no quiet time while they are kept back', () => {
    expect(held.lastBadAt).toBe(START + STEP);
    const idle = judged(
      windowsFrom(START, [
        [0, 2],
        [0, 10],
      ]),
    ).record;
    expect(idle.lastBadAt).toBeNull();
  });

  it('are not counted twice when their window is read again', () => {
    expect(judged(windowsFrom(START, early), { record: held }).record).toBe(held);
  });
});
