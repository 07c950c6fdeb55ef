import { type StateEdit, VERDICT_ID, type VerdictEntry } from '../change.js';
import { ref } from '../documents.js';
import type { GuardRecord } from '../guard/guard-record.js';
import { JUDGE_VERSION } from '../guard/judge-version.js';
import type { KeptVerdict } from '../guard/kept-verdict.js';
import { freshRecord } from '../guard/record.js';
import { type Image, stateKey } from '../image.js';
import { type Plan, refuse } from '../plan.js';
import type { UserError } from '../problem.js';
import type { RolloutPosition } from '../rollout.js';
import { accept, type ActInput, commitOf, positionEdit, type Standing, standingOf } from './act.js';
import { reachInWords } from './evidence.js';
import { keptRecord, latchedGuards, namesOf } from './latches.js';
import { atStep, editsBetween } from './sides.js';
import { enabled } from './start.js';
import { startErrors } from './start-errors.js';
import { targetOf } from './target.js';

/** The rollout, and the guard of it that has tripped. */
export interface OverrideInput extends ActInput {
  readonly guard: string;
}

type Latch = NonNullable<GuardRecord['trip']>;

/**
 * A person's word that a rollout goes on though its guard has tripped. In one commit: the latch is opened with a fresh
 * accumulator, and the rollout runs again in the step in which it stands, which is held anew; where the guard aborted it, with
 * the owned rules of that step and the flag on. The other guards keep what they know, and look at nothing from between.
 * A guard that only tells or records stopped nothing: its latch is opened. Refused with NOT_FOUND, NOT_LATCHED,
 * STALE_REVISION, ROLLOUT_STATE (also: not this guard aborted it), GUARD_TRIPPED (another guard), and where it was aborted, with
 * all that stands in the way of a start.
 */
export function overrideGuard(image: Image, input: OverrideInput, now: number): Plan {
  const standing = standingOf(image, input, ['running', 'paused', 'aborted']);
  if ('refusal' in standing) return refuse([standing.refusal]);
  const latch = latchOf(image, input, standing);
  if ('refusal' in latch) return refuse([latch.refusal]);
  const errors =
    standing.position.state === 'aborted'
      ? abortedErrors(image, input, standing, now)
      : others(image, input, standing);
  if (errors.length > 0) return refuse(errors);
  const { rollout, position, sides } = standing;
  const isAborted = position.state === 'aborted';
  const edits = isAborted ? editsBetween(sides, enabled(atStep(sides, rollout.value, position.step))) : [];
  const verdict = verdictEntry(image, input, now);
  const commit = commitOf(image, standing, {
    edits,
    state: [...moved(standing, now), ...records(image, input, standing, now)],
    event: {
      kind: 'override',
      subject: ref('guard', input.guard),
      evidence: {
        of: ref('rollout', rollout.key),
        run: position.run,
        step: position.step + 1,
        reach: reachInWords(rollout.value, position.step),
        from: position.state,
        trippedAt: latch.at,
        trip: latch.evidence,
        ...(verdict && { verdict: VERDICT_ID }),
      },
    },
  });
  const kept = verdict === null ? commit : { ...commit, verdict };
  // As with a start: that nothing else is latched and no other rollout runs is proved by the whole environment standing still.
  return accept(isAborted ? { ...kept, asOf: image.revision } : kept);
}

function latchOf(
  image: Image,
  { guard }: OverrideInput,
  { rollout, position }: Standing,
): Latch | { readonly refusal: UserError } {
  if (!rollout.value.guards.includes(guard)) {
    const message = `Rollout ${rollout.key} has no guard "${guard}".`;
    return { refusal: { field: 'guard', message, code: 'NOT_FOUND' } };
  }
  const { record } = keptRecord(image, guard, ref('rollout', rollout.key));
  if (record !== null && record.trip !== null && record.run === position.run) return record.trip;
  const message = `Guard ${guard} has not tripped in this run of rollout ${rollout.key}.`;
  return { refusal: { field: 'guard', message, code: 'NOT_LATCHED' } };
}

function abortedErrors(image: Image, { guard }: OverrideInput, standing: Standing, now: number): UserError[] {
  if (standing.position.abortedBy !== guard) {
    const message = `It was not guard ${guard} that aborted the rollout: reset the guard and start the rollout instead.`;
    return [{ field: 'key', message, code: 'ROLLOUT_STATE' }];
  }
  return startErrors(image, standing, now, guard);
}

/** Other latches that stand in the way of a rollout that still owns its rules. */
function others(image: Image, { guard }: OverrideInput, { rollout, position }: Standing): UserError[] {
  if (position.state === 'running') return [];
  const latched = latchedGuards(image, targetOf(rollout.value)).filter(
    (one) => one.guard !== guard || one.subject !== ref('rollout', rollout.key),
  );
  if (latched.length === 0) return [];
  const message = `Tripped as well: ${namesOf(latched)}. Reset what else tripped before going on.`;
  return [{ field: 'guard', message, code: 'GUARD_TRIPPED' }];
}

/** The step in which it was stopped is held anew; one that was not stopped is left alone. */
function moved(standing: Standing, now: number): StateEdit[] {
  const { rollout, position } = standing;
  if (position.state === 'running') return [];
  const { run, step, startedAt } = position;
  const to: RolloutPosition = {
    run,
    step,
    state: 'running',
    held: 0,
    heldAt: null,
    stepStartedAt: now,
    startedAt,
    waiting: '',
  };
  return [positionEdit(rollout.key, to, standing)];
}

function records(
  image: Image,
  { guard }: OverrideInput,
  { rollout, position }: Standing,
  now: number,
): StateEdit[] {
  const subject = ref('rollout', rollout.key);
  const isAborted = position.state === 'aborted';
  return rollout.value.guards
    .filter((key) => key === guard || isAborted)
    .map((key) => {
      const { record, revision } = keptRecord(image, key, subject);
      const fresh = freshRecord(position.run, now);
      const kept = record !== null && record.run === position.run ? begunAgain(record, now) : fresh;
      return { key: stateKey.guard(key, subject), value: key === guard ? fresh : kept, expected: revision };
    });
}

/** What a record knows, that looks at nothing from before `now` any more: nobody met the new arm, so that it was not blind either. */
function begunAgain(record: GuardRecord, now: number): GuardRecord {
  return { ...record, madeAt: now, watermark: now, carry: null, unseen: null };
}

/** What is kept of an override: the latched record, and the fresh one that it leaves; null where there is nothing to open. */
function verdictEntry(
  image: Image,
  { rollout, guard: key }: OverrideInput,
  now: number,
): VerdictEntry | null {
  const subject = ref('rollout', rollout);
  const guard = image.documents.value('guard', key);
  const { record } = keptRecord(image, key, subject);
  if (guard === undefined || record === null) return null;
  const result = { decision: 'hold', record: freshRecord(record.run, now) } as const;
  const inputs = { at: now, guard, record, reading: null, situation: null };
  const entry: KeptVerdict = { decided: 'override', judge: JUDGE_VERSION, subject, ...inputs, result };
  return { guard: key, entry };
}
