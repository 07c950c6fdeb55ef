import { describe, expect, it } from '@jest/globals';
import {
  type ArmPair,
  FAILING,
  HEALTHY,
  judgeStrictly,
  type Standing,
  told,
  windowsFrom,
} from '../../../test/support/judging.js';
import type { Verdict } from './judge.js';

const repeat = (times: number, window: ArmPair): readonly ArmPair[] =>
  Array.from({ length: times }, () => window);

describe('what a guard says', () => {
  const tripped = judgeStrictly(windowsFrom(0, FAILING)).record;
  const seen = judgeStrictly(windowsFrom(0, ...repeat(3, HEALTHY))).record;
  const suspect = judgeStrictly(
    windowsFrom(0, [
      [14, 450],
      [10, 1_000],
    ]),
  ).record;
  const later = (ms: number): Standing['situation'] => ({ now: seen.watermark + ms });

  it.each<[string, Verdict, string]>([
    ['nothing yet', judgeStrictly([]), 'warming: hold'],
    [
      'traffic in control only',
      judgeStrictly(
        windowsFrom(0, [
          [0, 0],
          [1, 100],
        ]),
      ),
      'warming: hold',
    ],
    ['no data of the new arm', judgeStrictly(windowsFrom(0, [null, [1, 100]])), 'warming: hold'],
    ['as healthy as control', judgeStrictly(windowsFrom(0, HEALTHY)), 'ok: go'],
    ['failing in the first window', judgeStrictly(windowsFrom(0, FAILING)), 'tripped: trip'],
    ['latched before', judgeStrictly([], { record: tripped }), 'tripped: hold'],
    [
      'latched, and healthy since',
      judgeStrictly(windowsFrom(tripped.watermark, HEALTHY), { record: tripped }),
      'tripped: hold',
    ],
    ['odds of more than 10:1', judgeStrictly([], { record: suspect }), 'suspect: hold'],
    [
      'the source is in trouble',
      judgeStrictly([], { record: seen, reading: { unknown: 'no answer' } }),
      'blind: hold',
    ],
    ['no news for 3 windows', judgeStrictly([], { record: seen, situation: later(15_000) }), 'ok: go'],
    ['no news for longer', judgeStrictly([], { record: seen, situation: later(15_001) }), 'blind: hold'],
    [
      "data from ahead, as the store's clock was set back",
      judgeStrictly([], { record: seen, situation: later(-15_001) }),
      'blind: hold',
    ],
    ['not asked for long', judgeStrictly(null, { record: seen, situation: later(46_000) }), 'blind: hold'],
    [
      'one arm missing for 4 windows',
      judgeStrictly(windowsFrom(seen.watermark, ...repeat(4, [null, [1, 1_000]])), { record: seen }),
      'blind: hold',
    ],
    [
      'control missing for 4 windows',
      judgeStrictly(windowsFrom(seen.watermark, ...repeat(4, [[0, 100], null])), { record: seen }),
      'blind: hold',
    ],
    [
      'both arms there but idle for 4 windows',
      judgeStrictly(
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
      judgeStrictly(windowsFrom(0, FAILING), { situation: { comparable: false } }),
      'no-control: go',
    ],
    [
      'no control, and the source in trouble',
      judgeStrictly([], { reading: { unknown: 'no answer' }, situation: { comparable: false } }),
      'no-control: go',
    ],
    [
      'latched, and no control',
      judgeStrictly([], { record: tripped, situation: { comparable: false } }),
      'tripped: hold',
    ],
  ])('%s', (_, verdict, expected) => expect(told(verdict)).toBe(expected));

  it.each<[string, Standing['situation'], string]>([
    ['less than a hold', { step: { startedAt: 0, holdMs: 60_000 } }, 'suspect: hold'],
    ['one whole hold', { step: { startedAt: 0, holdMs: 25_000 } }, 'suspect: go'],
    ['a hold that began before this step', { step: { startedAt: 20_000, holdMs: 25_000 } }, 'suspect: hold'],
    ['any time in a step without end', { step: { startedAt: 0, holdMs: null } }, 'suspect: hold'],
    ['any time without a step', { step: null }, 'suspect: hold'],
  ])('a suspect arm that is quiet for %s', (_, situation, expected) => {
    const quiet = windowsFrom(
      suspect.watermark,
      ...repeat(5, [
        [0, 1],
        [10, 1_000],
      ]),
    );
    expect(told(judgeStrictly(quiet, { record: suspect, situation }))).toBe(expected);
  });

  it('is unsure of counts that are none', () => {
    for (const odd of [Number.NaN, Infinity, -1]) {
      const verdict = judgeStrictly(
        windowsFrom(0, [
          [odd, 100],
          [1, 100],
        ]),
      );
      expect(told(verdict)).toBe('blind: hold');
      expect(verdict.record).toMatchObject({ windows: 0, watermark: 0, logE: null });
    }
  });

  it.each<[string, ArmPair, string]>([
    ['the new arm', [null, [1, 1_000]], 'no data in the new arm for more than 3 windows'],
    ['the control', [[0, 100], null], 'no data in the control for more than 3 windows'],
    ['both', [null, null], 'no data in both arms for more than 3 windows'],
  ])('names the arm that there is no data of, also while nothing new comes: %s', (_, arms, words) => {
    const blind = judgeStrictly(windowsFrom(seen.watermark, ...repeat(4, arms)), { record: seen }).record;
    expect(blind).toMatchObject({ state: 'blind', troubleCode: 'NO_DATA', trouble: words });
    const quiet = judgeStrictly([], { record: blind, situation: { now: blind.watermark + 1_000 } }).record;
    expect(quiet.trouble).toBe(words);
  });
});

describe('an absolute guard', () => {
  const guard = { margin: null, threshold: 0.01 };

  it('needs no control', () => {
    expect(told(judgeStrictly(windowsFrom(0, [[0, 100], null]), { guard }))).toBe('ok: go');
    const alone = { comparable: false };
    expect(told(judgeStrictly(windowsFrom(0, [[40, 100], null]), { guard, situation: alone }))).toBe(
      'tripped: trip',
    );
  });

  it('says what share it saw against what share it allows', () => {
    const { evidence } = judgeStrictly(
      windowsFrom(0, [
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
    0,
    ...repeat(3, [
      [3, 100],
      [10, 1_000],
    ]),
  );
  const { logE } = judgeStrictly(windows, { guard: { alpha: 1e-9 } });
  const odds = Math.exp(logE ?? 0);

  it('lies at 1/alpha, and at m/alpha for m guards on one rollout', () => {
    const alpha = 0.99 / odds;
    expect(told(judgeStrictly(windows, { guard: { alpha: 1.01 / odds } }))).toBe('tripped: trip');
    expect(judgeStrictly(windows, { guard: { alpha } }).decision).not.toBe('trip');
    const two = { combined: { part: 0.5, rest: 0, largest: 0 } };
    expect(judgeStrictly(windows, { guard: { alpha: 1.01 / odds }, situation: two }).decision).not.toBe(
      'trip',
    );
    expect(judgeStrictly(windows, { guard: { alpha: 2.02 / odds }, situation: two }).decision).toBe('trip');
  });

  it('is not reached below minEvents, and is as soon as they are there', () => {
    const guard = { minEvents: 10, alpha: 0.5 };
    expect(judgeStrictly(windows, { guard }).decision).not.toBe('trip');
    const ten = judgeStrictly(
      [
        ...windows,
        ...windowsFrom(15_000, [
          [1, 10],
          [10, 1_000],
        ]),
      ],
      { guard },
    );
    expect(ten.decision).toBe('trip');
  });

  it('moves away with phi', () => {
    const doubled = judgeStrictly(windows, { guard: { alpha: 1e-9, phi: 2 } });
    expect(doubled.logE).toBeLessThan(logE ?? 0);
  });
});

describe('a trip', () => {
  const verdict = judgeStrictly(windowsFrom(0, HEALTHY, FAILING, HEALTHY));

  it('is latched in the record, with the evidence of that moment', () => {
    expect(verdict.record.trip).toEqual({ at: 15_000, evidence: verdict.evidence });
    expect(verdict.record).toMatchObject({ state: 'tripped', watermark: 10_000, windows: 2 });
    expect(verdict.evidence.logE).toBeGreaterThan(verdict.evidence.threshold ?? Infinity);
  });

  it('speaks of how much more was seen than expected, at what odds', () => {
    expect(verdict.evidence.words).toBe(
      'errors 600.0× control in the last 5 s (60 seen vs 0.1 expected, odds over 1,000,000:1; 300.0× in all)',
    );
    const milder = judgeStrictly(
      windowsFrom(0, [
        [14, 450],
        [10, 1_000],
      ]),
      { guard: { alpha: 1e-9 } },
    );
    expect(milder.evidence.words).toBe('errors 3.1× control (14 seen vs 4.5 expected, odds 14:1)');
    const flawless = judgeStrictly(
      windowsFrom(0, [
        [14, 450],
        [0, 1_000],
      ]),
    );
    expect(flawless.evidence.words).toMatch(/^errors in the new arm only \(14 seen vs 0.0 expected, odds /);
  });

  it('names the event that it counts, and says what could not be read', () => {
    const guard = { source: 'events' as const, events: { flag: 'shop', bad: 'gave-up' }, template: null };
    const { evidence, record } = judgeStrictly(windowsFrom(0, FAILING), { guard, reading: { lost: 61_000 } });
    expect(evidence.words).toMatch(/^"gave-up" 600\.0× control \(.*\); 61 s could not be read$/);
    expect(record.lost).toBe(61_000);
  });
});
