import { describe, expect, it } from '@jest/globals';
import { guardSchema } from '../guard.js';
import { afterTrip } from './after-trip.js';
import { ALONE } from './combination.js';
import type { GuardRecord } from './guard-record.js';
import { judge, type Verdict } from './judge.js';
import type { ArmCounts } from './reading.js';
import { freshRecord } from './record.js';

const START = 1_000_000;
const STEP = 5_000;
const guard = guardSchema.parse({
  key: 'errors',
  source: 'prometheus',
  template: 'envoy',
  margin: 1,
  phi: 1,
});

/** Judges one more window. */
function judged(record: GuardRecord, fresh: ArmCounts): Verdict {
  const { watermark } = record;
  const window = { from: watermark, to: watermark + STEP, new: fresh, control: { bad: 1, total: 1_000 } };
  const reading = {
    windows: [window],
    watermark: window.to,
    unknown: null,
    lost: 0,
    windowLength: STEP,
  };
  const plan = { plannedEnd: null, paused: false, endless: false };
  const situation = { now: window.to, combined: ALONE, comparable: true, plan, step: null };
  return judge({ guard, record, reading, situation });
}

describe('after a trip', () => {
  const tripped = judged(freshRecord(1, START), { bad: 60, total: 100 });

  it('the record goes on, marked as what came later, and the decision stays', () => {
    expect(tripped.decision).toBe('trip');
    expect(afterTrip(tripped.record)).toMatchObject({ windows: 0, newBad: 0, newTotal: 0 });
    const once = judged(tripped.record, { bad: 2, total: 100 });
    const twice = judged(once.record, { bad: 0, total: 50 });
    expect([once, twice].map(({ decision, state }) => `${state}: ${decision}`)).toEqual([
      'tripped: hold',
      'tripped: hold',
    ]);
    expect(afterTrip(twice.record)).toEqual({
      windows: 2,
      newBad: 2,
      newTotal: 150,
      controlBad: 2,
      controlTotal: 2_000,
      logE: twice.logE,
      until: START + 3 * STEP,
    });
    expect(twice.record.trip).toBe(tripped.record.trip);
  });

  it('there is nothing to say without a trip, of a record begun afresh, or of a trip without figures', () => {
    expect(afterTrip(freshRecord(1, START))).toBeNull();
    expect(afterTrip({ ...freshRecord(1, START), trip: tripped.record.trip })).toBeNull();
    expect(afterTrip({ ...tripped.record, trip: { at: 1, evidence: { words: 'errors' } } })).toBeNull();
  });
});
