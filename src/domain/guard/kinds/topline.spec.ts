import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { guardSchema, type GuardInput } from '../../guard.js';
import { ALONE } from '../combination.js';
import type { GuardRecord } from '../guard-record.js';
import { judge, type Verdict } from '../judge.js';
import type { ArmCounts } from '../reading.js';
import { freshRecord } from '../record.js';

const STEP_AT = 1_000_000;
const WINDOW = 5_000;
const guard = (topline: Partial<NonNullable<GuardInput['topline']>> = {}) =>
  guardSchema.parse({
    key: 'total',
    kind: 'topline',
    source: 'prometheus',
    template: 'envoy',
    topline: { slo: 0.99, ...topline },
  });

type Counts = readonly [newBad: number, controlBad: number];

const arm = (bad: number, total: number): ArmCounts => ({ bad, total });

/** Judges windows of 100 and 900 requests from `from` on; the step began at `startedAt`. */
function judged(
  all: readonly Counts[],
  { from = STEP_AT, startedAt = STEP_AT, record = freshRecord(1, from), of = guard() } = {},
): Verdict {
  const windows = all.map(([newBad, controlBad], i) => ({
    from: from + i * WINDOW,
    to: from + (i + 1) * WINDOW,
    new: arm(newBad, 100),
    control: arm(controlBad, 900),
  }));
  const watermark = from + all.length * WINDOW;
  return judge({
    guard: of,
    record,
    reading: { windows, watermark, unknown: null, lost: 0, windowLength: WINDOW },
    situation: {
      now: watermark,
      combined: ALONE,
      comparable: true,
      plan: { plannedEnd: null, paused: false, endless: false },
      step: { startedAt, holdMs: 60_000 },
    },
  });
}

const times = (count: number, one: Counts): Counts[] => Array.from({ length: count }, () => one);
/** 1 % is allowed: 16 % is 16 times as fast, 10 % ten times. */
const OUTAGE: Counts = [16, 144];
const TROUBLE: Counts = [10, 90];
const HEALTHY: Counts = [1, 9];

describe('a topline guard', () => {
  it.each<[string, Verdict, string]>([
    ['trips where both arms suffer after a step', judged([HEALTHY, ...times(30, OUTAGE)]), 'trip'],
    ['also where only one does, and it is enough of all', judged(times(3, [100, 100])), 'trip'],
    ['not below its rate', judged(times(30, TROUBLE)), 'go'],
    ['at a rate of its own', judged(times(2, TROUBLE), { of: guard({ rate: 9 }) }), 'trip'],
    ['not where all was well, and one window is bad', judged([...times(60, HEALTHY), OUTAGE]), 'go'],
    [
      'not for what was before the step',
      judged(times(3, OUTAGE), { from: STEP_AT - 15_000, startedAt: STEP_AT }),
      'go',
    ],
    ['not for what comes long after it', judged(times(3, OUTAGE), { startedAt: STEP_AT - 900_000 }), 'go'],
    [
      'for as long after it as it is told to',
      judged(times(3, OUTAGE), { startedAt: STEP_AT - 900_000, of: guard({ within: 1_800 }) }),
      'trip',
    ],
    ['not before there was any traffic', judged([]), 'hold'],
  ])('%s', (_, { decision }, expected) => expect(decision).toBe(expected));

  it('does not trip once it is over, though it was enough since the step', () => {
    const before = judged(times(10, HEALTHY), { of: guard({ rate: 14.4 }) }).record;
    const burnt: GuardRecord = {
      ...before,
      memory: { kind: 'topline', since: STEP_AT, bad: 9_000, total: 10_000, recent: [] },
    };
    const after = judged(times(12, HEALTHY), { from: before.watermark, record: burnt });
    expect(after.decision).toBe('go');
  });

  it('begins anew with each step', () => {
    const record = judged(times(30, TROUBLE)).record;
    const next = judged(times(2, HEALTHY), {
      from: record.watermark,
      startedAt: record.watermark,
      record,
    });
    expect(next.record.memory).toMatchObject({ since: record.watermark, bad: 20, total: 2_000 });
  });

  it('says what it saw', () => {
    const { evidence, logE } = judged(times(3, OUTAGE));
    expect(evidence.words).toBe(
      'both arms together spend the budget of 1 % 16.0× as fast as allowed since the step, at most 14.4× (160 of 1,000)',
    );
    expect(logE).toBeNull();
  });

  it('remembers no more than a minute, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(14), fc.nat(100)), { maxLength: 200 }), (all) => {
        const { memory } = judged(all).record;
        if (memory?.kind !== 'topline') return;
        expect(memory.recent.length).toBeLessThanOrEqual(12);
        expect(memory.total).toBeLessThanOrEqual(1_000 * all.length);
      }),
    );
  });
});
