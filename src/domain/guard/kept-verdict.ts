import { VERDICT_ID, type VerdictEntry } from '../change.js';
import { type Guard, isBinding } from '../guard.js';
import { isSameJson } from '../same-json.js';
import { presentForm } from '../stored-form.js';
import type { GuardRecord } from './guard-record.js';
import { judge, type Judgement, letsGo, type Verdict } from './judge.js';
import { JUDGE_VERSION } from './judge-version.js';
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
  /** `JUDGE_VERSION` of the code that decided; absent in verdicts of before they said so. */
  readonly judge?: number;
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

/**
 * A verdict that is kept, beside what the present code makes of the same inputs. `code` OTHER_JUDGE: another version decided it, so
 * that what the present one says would be the answer to another question; nothing is judged then.
 */
export interface Replay {
  readonly code: 'OTHER_JUDGE' | null;
  readonly again: VerdictResult | null;
  /** To the last bit; null where nothing was judged. */
  readonly same: boolean | null;
  /** Fields of the record that differ, and `decision`; none where it is the same. */
  readonly differs: readonly string[];
}

/** What is kept of a verdict of `judge`, with the commit that it leads to. */
export function verdictEntry(judgement: Judgement, verdict: Verdict, subject: string): VerdictEntry {
  return { guard: judgement.guard.key, entry: keptVerdict(judgement, verdict, subject) };
}

/** The entry itself. */
export function keptVerdict(
  judgement: Judgement,
  { decision, record }: Verdict,
  subject: string,
): KeptVerdict {
  const { guard, reading, situation } = judgement;
  const decided = decision === 'trip' ? 'trip' : 'go';
  const result = { decision, record };
  const at = situation.now;
  return {
    decided,
    judge: JUDGE_VERSION,
    subject,
    at,
    guard,
    record: judgement.record,
    reading,
    situation,
    result,
  };
}

/** The verdict of a trip, with the id of what its commit keeps of it as `verdict` in the evidence. */
export function namingItsEntry(verdict: Verdict): Verdict {
  const evidence = { ...verdict.evidence, verdict: VERDICT_ID };
  const { trip } = verdict.record;
  return { ...verdict, evidence, record: { ...verdict.record, trip: trip && { ...trip, evidence } } };
}

/** Whether it is the first to let a rollout's step go on again. */
export function letsGoAgain(
  { guard, record, situation }: Judgement,
  { decision }: Verdict,
  subject: string,
): boolean {
  if (decision !== 'go' || !subject.startsWith('rollout/') || !isBinding(guard)) return false;
  return !letsGo(record, situation);
}

/** Judges again what was kept, where the same version decided it. Another answer than then means that the code is at fault. */
export function replay(kept: KeptVerdict): Replay {
  if (kept.judge !== JUDGE_VERSION) return { code: 'OTHER_JUDGE', again: null, same: null, differs: [] };
  const again = judgedAgain(kept);
  const names = new Set([...Object.keys(kept.result.record), ...Object.keys(again.record)]);
  const differs = ([...names] as (keyof GuardRecord)[]).filter(
    (name) => !isSameJson(kept.result.record[name], again.record[name]),
  );
  const all: string[] = again.decision === kept.result.decision ? differs : ['decision', ...differs];
  return { code: null, again, same: all.length === 0, differs: all };
}

function judgedAgain({ at, guard, record, reading, situation }: KeptVerdict): VerdictResult {
  if (situation === null) return { decision: 'hold', record: freshRecord(record.run, at) };
  const verdict = judge({ guard: presentForm('guard', guard), record, reading, situation });
  return { decision: verdict.decision, record: verdict.record };
}
