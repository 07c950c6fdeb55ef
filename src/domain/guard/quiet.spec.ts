import { describe, expect, it } from '@jest/globals';
import { type ArmPair, judgeWindows, STEP, windowsFrom } from '../../../test/support/judging.js';
import type { GuardRecord } from './guard-record.js';
import type { GuardInput } from '../guard.js';
import type { Verdict } from './judge.js';
import type { MetricReading, MetricWindow } from './reading.js';

const RATIO = { margin: 1, phi: 1 } as const;
const EVENTS = { ...RATIO, source: 'events', template: null, events: { flag: 'f', bad: 'error' } } as const;
/** A hold of five windows. */
const step = { startedAt: 0, holdMs: 5 * STEP };
const SUSPICIOUS: ArmPair = [
  [14, 450],
  [10, 1_000],
];
/** So few that they say next to nothing: the guard stays suspect. */
const HEALTHY: ArmPair = [
  [0, 1],
  [10, 1_000],
];
const UNSEEN: ArmPair = [null, [10, 1_000]];

function suspect(guard: Partial<GuardInput> = RATIO): GuardRecord {
  return judgeWindows(windowsFrom(0, SUSPICIOUS), { guard, step }).record;
}

function judged(
  windows: readonly MetricWindow[],
  guard: Partial<GuardInput> = RATIO,
  reading: Partial<MetricReading> = {},
): Verdict {
  return judgeWindows(windows, { guard, step, record: suspect(guard), reading });
}

const told = ({ state, decision }: Verdict): string => `${state}: ${decision}`;
const times = (n: number, pair: ArmPair): ArmPair[] => Array.from({ length: n }, () => pair);

describe('a suspect guard lets a step go on after a hold of quiet', () => {
  it('that it has seen', () => {
    expect(told(judged(windowsFrom(STEP, ...times(4, HEALTHY))))).toBe('suspect: hold');
    expect(told(judged(windowsFrom(STEP, ...times(5, HEALTHY))))).toBe('suspect: go');
  });

  it('not of time that could not be read: then quiet begins anew', () => {
    const after = windowsFrom(9 * STEP, HEALTHY, HEALTHY);
    expect(told(judged(after))).toBe('suspect: go');
    const lost = judged(after, RATIO, { lost: 8 * STEP });
    expect(told(lost)).toBe('suspect: hold');
    const { record } = lost;
    const later = (n: number): Verdict =>
      judgeWindows(windowsFrom(record.watermark, ...times(n, HEALTHY)), { guard: RATIO, step, record });
    expect([4, 5].map((n) => told(later(n)))).toEqual(['suspect: hold', 'suspect: go']);
  });

  it('not of time in which the new version was not seen', () => {
    const pairs = [...times(8, UNSEEN), HEALTHY, HEALTHY];
    expect(told(judged(windowsFrom(STEP, ...pairs)))).toBe('suspect: hold');
    expect(told(judged(windowsFrom(STEP, ...pairs, ...times(3, HEALTHY))))).toBe('suspect: go');
  });

  it('of time in which nobody told of the new version, where all that happens is told', () => {
    expect(told(judged(windowsFrom(STEP, ...times(8, UNSEEN), HEALTHY), EVENTS))).toBe('suspect: go');
  });
});
