import { describe, expect, it } from '@jest/globals';
import { afterPlan, flagOf, guardOf, imageOf, rolloutOf, withState } from '../../../test/support/image.js';
import type { GuardInput } from '../guard.js';
import { ALONE } from '../guard/combination.js';
import type { GuardRecord } from '../guard/guard-record.js';
import { judge, type Verdict } from '../guard/judge.js';
import { basisOf, freshRecord } from '../guard/record.js';
import type { Image } from '../image.js';
import { guardReport } from './guard-report.js';
import { startRollout } from './start.js';
import { type WatchedGuard, watchedGuards } from './watched-guards.js';

const NOW = 100_000;
const EVENTS = { source: 'events', events: { flag: 'checkout', bad: 'error' }, margin: 1.2 } as const;

/** A running rollout with guards `a` (weight 3), `b` (weight 1) and `c`, which only tells. */
function running(a: Partial<GuardInput> = {}): Image {
  const image = imageOf(
    flagOf({ key: 'checkout' }),
    guardOf({ key: 'a', ...EVENTS, weight: 3, ...a }),
    guardOf({ key: 'b', ...EVENTS }),
    guardOf({ key: 'c', ...EVENTS, action: 'tell' }),
    rolloutOf({
      key: 'go',
      flag: { key: 'checkout', new: 'on', control: 'off' },
      steps: [5_000, 100_000].map((weight) => ({ weight, hold: 60 })),
      guards: ['a', 'b', 'c'],
      salt: 'go',
    }),
  );
  return afterPlan(image, startRollout(image, { rollout: 'go' }, NOW));
}

const watchedOf = (image: Image, key: string): WatchedGuard => {
  const found = watchedGuards(image, NOW).find(({ guard }) => guard.key === key);
  if (found === undefined) throw new Error(`nobody watches ${key}`);
  return found;
};

/** The guard has seen so much, of so many bad events, and whatever else. */
function seen(image: Image, key: string, e: number, more: Partial<GuardRecord> = {}): Image {
  const { guard, reads } = watchedOf(image, key);
  const sums = { newBad: 9, newTotal: 100, controlBad: 1, controlTotal: 100 };
  const logE = Math.log(e);
  const record = {
    ...freshRecord(1, NOW),
    basis: basisOf(guard, reads),
    logE,
    sums,
    windows: 3,
    dataAt: NOW,
  };
  return withState(image, `guard/${key}/rollout/go`, { ...record, state: 'suspect', ...more });
}

function judged(image: Image, key: string): Verdict {
  const { guard, record, situation } = watchedOf(image, key);
  const reading = { windows: [], watermark: record.watermark, unknown: null, lost: 0, windowLength: 5_000 };
  return judge({ guard, record, reading, situation });
}

describe('a report of all guards in use', () => {
  it('has those whose evidence stands out among so many, strongest first', () => {
    const image = seen(seen(running(), 'a', 40), 'b', 90);
    expect(guardReport(image, 0.1, NOW)).toEqual({
      alpha: 0.1,
      guards: 3,
      reported: [
        { guard: 'b', subject: 'rollout/go', state: 'suspect', logE: Math.log(90) },
        { guard: 'a', subject: 'rollout/go', state: 'suspect', logE: Math.log(40) },
      ],
    });
    expect(guardReport(image, 0.02, NOW).reported).toEqual([]);
    expect(guardReport(running(), 0.1, NOW)).toEqual({ alpha: 0.1, guards: 3, reported: [] });
  });
});

describe('what guards of a rollout share', () => {
  it('is the budget by weight, between those that can stop it', () => {
    const shared = watchedGuards(running(), NOW).map(({ situation }) => situation.combined);
    expect(shared).toEqual([{ part: 0.75, rest: 0, largest: 0 }, { part: 0.25, rest: 0, largest: 0 }, ALONE]);
  });

  it.each<[string, Image, number]>([
    ['evidence of 80:1 with a part of 3/4', seen(running(), 'a', 80), 0.6],
    ['of another run: nothing', seen(running(), 'a', 80, { run: 7 }), 0],
    ['on settings that were edited since: nothing', seen(running(), 'a', 80, { basis: 'other' }), 0],
    ['of a guard that has tripped: nothing', seen(running(), 'a', 80, { trip: { at: 1, evidence: {} } }), 0],
    ['of fewer bad events than it takes: nothing', seen(running({ minEvents: 10 }), 'a', 80), 0],
  ])('adds up: %s', (_, image, rest) => {
    const { combined } = watchedOf(image, 'b').situation;
    expect(combined.part).toBe(0.25);
    expect(combined.rest).toBeCloseTo(rest, 12);
    expect(combined.largest).toBe(combined.rest);
  });

  it('trips the rollout where neither would by itself, and the one with more evidence is blamed', () => {
    // Of what it takes, a has 0.6 and b has 0.5; by themselves they would trip at 133:1 and 400:1.
    const image = seen(seen(running(), 'a', 80), 'b', 200);
    expect(judged(image, 'b').decision).not.toBe('trip');
    const { decision, evidence } = judged(image, 'a');
    expect(decision).toBe('trip');
    expect(evidence).toMatchObject({ part: 0.75, others: expect.closeTo(0.5, 9) });
    expect(evidence.words).toContain('other guards of the rollout have 50 % of what it takes');
    expect(judged(seen(running(), 'a', 80), 'a').decision).not.toBe('trip');
  });

  it.each<GuardRecord['state']>(['blind', 'no-control'])(
    'waits for no guard that is %s, though it has more of the evidence: what it found counts, and another is blamed',
    (state) => {
      const image = seen(seen(running(), 'a', 80, { state }), 'b', 200);
      expect(watchedOf(image, 'b').situation.combined).toEqual({
        part: 0.25,
        rest: expect.closeTo(0.6, 12),
        largest: 0,
      });
      expect(judged(image, 'b').decision).toBe('trip');
    },
  );

  it('has nothing from a guard whose data can’t be trusted: a wrong deal of users is no evidence', () => {
    const image = seen(seen(running(), 'a', 80, { state: 'untrusted' }), 'b', 200);
    expect(watchedOf(image, 'b').situation.combined).toEqual({ part: 0.25, rest: 0, largest: 0 });
    expect(judged(image, 'b').decision).not.toBe('trip');
  });

  it('blames nobody on data that is too old, whatever others find meanwhile', () => {
    const image = seen(seen(running(), 'a', 80, { dataAt: NOW - 60_000 }), 'b', 200);
    expect(judged(image, 'a')).toMatchObject({ decision: 'hold', state: 'blind' });
  });

  it('blames nobody whose own evidence is none, though a guard that is blind has more than it takes', () => {
    const blind = seen(running(), 'a', 160, { state: 'blind' });
    const image = seen(blind, 'b', 0.5);
    expect(judged(image, 'b')).toMatchObject({ decision: 'go', evidence: { threshold: 0 } });
    expect(judged(seen(blind, 'b', 1.01), 'b').decision).toBe('trip');
  });

  it('waits for nobody whose own evidence is none', () => {
    // Of what it takes, a has 0.72 at odds of 96:100, and b has 0.3.
    const image = seen(seen(running({ alpha: 0.99 }), 'a', 0.96), 'b', 120);
    expect(watchedOf(image, 'b').situation.combined.largest).toBe(0);
    expect(['a', 'b'].map((key) => judged(image, key).decision)).toEqual(['go', 'trip']);
  });

  it('blames nobody who lacks the bad events that it takes', () => {
    const image = seen(seen(running({ minEvents: 10 }), 'a', 130), 'b', 200);
    expect(['a', 'b'].map((key) => judged(image, key).decision)).not.toContain('trip');
  });
});
