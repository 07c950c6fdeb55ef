import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Guard, guardSchema } from '../guard.js';
import { ALONE } from './combination.js';
import type { GuardRecord } from './guard-record.js';
import { judge, type Judgement } from './judge.js';
import { JUDGE_VERSION } from './judge-version.js';
import { keptVerdict, type KeptVerdict, replay } from './kept-verdict.js';
import type { MetricWindow } from './reading.js';
import { freshRecord } from './record.js';

const START = 1_000_000;
const STEP = 5_000;
const guard = guardSchema.parse({
  key: 'errors',
  source: 'prometheus',
  template: 'envoy',
  margin: 1.1,
  phi: 1.3,
});

type Counts = readonly [newBad: number, newTotal: number, controlBad: number, controlTotal: number];

function judgement(record: GuardRecord, all: readonly Counts[], of: Guard = guard): Judgement {
  const from = record.watermark;
  const windows = all.map(([newBad, newTotal, controlBad, controlTotal], i): MetricWindow => ({
    from: from + i * STEP,
    to: from + (i + 1) * STEP,
    new: { bad: newBad, total: newTotal },
    control: { bad: controlBad, total: controlTotal },
  }));
  const watermark = windows.at(-1)?.to ?? from;
  const plan = { plannedEnd: START + 3_600_000, paused: false, endless: false };
  return {
    guard: of,
    record,
    reading: { windows, watermark, unknown: null, lost: 0, windowLength: STEP },
    situation: { now: watermark + 7, combined: ALONE, comparable: true, plan, step: null },
  };
}

/** What is kept, as a store gives it back. */
function stored(given: Judgement): KeptVerdict {
  const kept = keptVerdict(given, judge(given), 'rollout/go');
  return JSON.parse(JSON.stringify(kept)) as KeptVerdict;
}

const counts = fc.tuple(
  fc.nat(40),
  fc.integer({ min: 40, max: 400 }),
  fc.nat(40),
  fc.integer({ min: 40, max: 9_000 }),
);

describe('a kept verdict', () => {
  it('is the same when it is judged again, to the last bit', () => {
    fc.assert(
      fc.property(fc.array(counts, { maxLength: 20 }), fc.array(counts, { maxLength: 5 }), (before, last) => {
        const { record } = judge(judgement(freshRecord(1, START), before));
        const kept = stored(judgement(record, last));
        expect(replay(kept)).toMatchObject({ same: true, differs: [] });
      }),
    );
  });

  it('says what it decided, and that a trip is one', () => {
    const kept = stored(judgement(freshRecord(1, START), [[60, 100, 1, 1_000]]));
    expect(kept).toMatchObject({ decided: 'trip', at: START + STEP + 7, subject: 'rollout/go' });
    expect(replay(kept).again).toMatchObject({ decision: 'trip', record: { state: 'tripped' } });
    expect(stored(judgement(freshRecord(1, START), [[0, 100, 1, 1_000]]))).toMatchObject({ decided: 'go' });
  });

  it('says so, and where, when the formulas would say something else by now, be it by the last bit', () => {
    const kept = stored(judgement(freshRecord(1, START), [[60, 100, 1, 1_000]]));
    const { record } = kept.result;
    const logE = (record.logE ?? 0) * (1 + Number.EPSILON);
    expect(replay({ ...kept, result: { ...kept.result, record: { ...record, logE } } })).toMatchObject({
      same: false,
      differs: ['logE'],
    });
    const result = { decision: 'go' as const, record: { ...record, trip: null, state: 'ok' as const } };
    expect(replay({ ...kept, result }).differs).toEqual(['decision', 'state', 'trip']);
  });

  it('of another version of the judgement is not judged again: a code says so', () => {
    const kept = stored(judgement(freshRecord(1, START), [[60, 100, 1, 1_000]]));
    const { judge: version, ...before } = kept;
    expect(version).toBe(JUDGE_VERSION);
    for (const other of [
      before,
      { ...kept, judge: JUDGE_VERSION + 1 },
      { ...kept, judge: JUDGE_VERSION - 1 },
    ])
      expect(replay(other)).toEqual({ code: 'OTHER_JUDGE', again: null, same: null, differs: [] });
  });

  it('may be of a guard of before a field was added', () => {
    const { whenBlind: _, weight: __, ...older } = guard;
    const kept = stored(judgement(freshRecord(1, START), [[60, 100, 1, 1_000]]));
    expect(replay({ ...kept, guard: older as Guard }).same).toBe(true);
  });

  it('of an override is a record that begins afresh', () => {
    const { result } = stored(judgement(freshRecord(3, START), [[60, 100, 1, 1_000]]));
    const at = START + 99;
    const kept: KeptVerdict = {
      decided: 'override',
      judge: JUDGE_VERSION,
      subject: 'rollout/go',
      at,
      guard,
      record: result.record,
      reading: null,
      situation: null,
      result: { decision: 'hold', record: freshRecord(3, at) },
    };
    expect(replay(kept)).toMatchObject({ same: true });
    expect(replay({ ...kept, at: at + 1 }).differs).toEqual(['madeAt', 'watermark']);
  });
});
