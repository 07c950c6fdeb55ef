import type { Guard } from '../guard.js';
import { isSameJson } from '../same-json.js';
import { presentForm } from '../stored-form.js';
import type { GuardRecord } from './guard-record.js';
import { judge, type Judgement, type Verdict } from './judge.js';
import { freshRecord } from './record.js';

/** What a verdict came to: the record that it left, and what it decided. */
export interface VerdictResult {
  readonly decision: Verdict['decision'];
  readonly record: GuardRecord;
}

/**
 * A verdict that decided something, with all that it was decided on; JSON. `trip`: the guard closed. `go`: it stood in a step's way
 * and does no more. `override`: a person opened its latch; `reading` and `situation` are null then, and the record begins afresh.
 */
export interface KeptVerdict {
  readonly decided: 'trip' | 'go' | 'override';
  /** `rollout/<key>`, `flag/<key>` or `route/<key>`. */
  readonly subject: string;
  /** The store's time, epoch ms. */
  readonly at: number;
  readonly guard: Guard;
  /** As it was before. */
  readonly record: GuardRecord;
  readonly reading: Judgement['reading'];
  readonly situation: Judgement['situation'] | null;
  readonly result: VerdictResult;
}

/** A verdict that is kept, beside what the present code makes of the same inputs. */
export interface Replay {
  readonly again: VerdictResult;
  /** To the last bit. */
  readonly same: boolean;
  /** Fields of the record that differ, and `decision`; none where it is the same. */
  readonly differs: readonly string[];
}

/** What is kept of a verdict of `judge`. */
export function keptVerdict(
  judgement: Judgement,
  { decision, record }: Verdict,
  subject: string,
): KeptVerdict {
  const { guard, reading, situation } = judgement;
  const decided = decision === 'trip' ? 'trip' : 'go';
  const result = { decision, record };
  return { decided, subject, at: situation.now, guard, record: judgement.record, reading, situation, result };
}

/** Judges again what was kept. Another answer than then means that the formulas are others by now. */
export function replay(kept: KeptVerdict): Replay {
  const again = judgedAgain(kept);
  const names = new Set([...Object.keys(kept.result.record), ...Object.keys(again.record)]);
  const differs = ([...names] as (keyof GuardRecord)[]).filter(
    (name) => !isSameJson(kept.result.record[name], again.record[name]),
  );
  const all: string[] = again.decision === kept.result.decision ? differs : ['decision', ...differs];
  return { again, same: all.length === 0, differs: all };
}

function judgedAgain({ at, guard, record, reading, situation }: KeptVerdict): VerdictResult {
  if (situation === null) return { decision: 'hold', record: freshRecord(record.run, at) };
  const verdict = judge({ guard: presentForm('guard', guard), record, reading, situation });
  return { decision: verdict.decision, record: verdict.record };
}
