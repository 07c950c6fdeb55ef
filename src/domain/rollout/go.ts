import { isRelative } from '../guard-kind.js';
import { FLAG_WEIGHT_TOTAL } from '@tidegate/sdk/engine';
import { type Guard, isBinding } from '../guard.js';
import type { GuardRecord } from '../guard/guard-record.js';
import type { GuardedStep } from '../guard/situation.js';
import { isQuiet, staleness } from '../guard/state.js';
import { earlyAfterOf } from './early.js';
import type { Rollout, RolloutPosition } from '../rollout.js';
import { reachAt } from './owned-rules.js';
import { foundWords } from './stopped-words.js';

/** Whether the step has a random split, so that new and control can be compared: not for an audience, not at 100 %. */
export function hasControl(rollout: Rollout, step: number): boolean {
  const { weight } = reachAt(rollout, step);
  return weight > 0 && weight < FLAG_WEIGHT_TOTAL;
}

/** What one guard of a running rollout says: `record` null = nothing was kept yet. */
export interface Verdict {
  readonly guard: Guard;
  readonly record: GuardRecord | null;
}

/** What a guard does to a step: `stopsClock` = its hold doesn't count; `trouble` = why it doesn't let go on, or null. */
export interface Opinion {
  readonly stopsClock: boolean;
  readonly trouble: string | null;
}

/** The store's time of a look, and since when the one who looks has led: what came before must have been judged by then. */
export interface Look {
  readonly now: number;
  readonly since: number;
}

const NOT_JUDGED = 'has yet to judge what came before this process took over';
const LETS_GO: Opinion = { stopsClock: false, trouble: null };
/** Windows after which data is too old to go on; one more may be on its way. */
const FRESH_WINDOWS = 3;
/** Where nothing is known of the source's windows yet: the shortest there is (events), ms. */
const SHORTEST_WINDOW = 5_000;

/**
 * A guard lets a step go on when it is `ok` with data within 3 windows, has nothing to compare in this step, or is
 * `suspect` but saw no bad event of the new arm for one whole hold of the step. One that only tells or records always does.
 */
export function opinionOf(
  { guard, record }: Verdict,
  rollout: Rollout,
  position: RolloutPosition,
  look: Look,
): Opinion {
  if (!isBinding(guard)) return LETS_GO;
  if (record?.trip)
    return stops(guard, `has tripped${foundWords(record.trip.evidence)}; override it, or reset it`);
  if (!compares(guard, rollout, position)) return LETS_GO;
  if (record === null || record.run !== position.run) return stops(guard, 'has no record of this run yet');
  switch (record.state) {
    case 'ok':
      return freshness(guard, record, look);
    case 'suspect':
      if (isQuiet(record, stepOf(rollout, position))) return freshness(guard, record, look);
      return holds(guard, 'is suspect');
    default:
      return stops(guard, wordsOf(record));
  }
}

/** Whether a guard has a say in this step: it can stop the rollout, and has something to compare. */
export function counts(guard: Guard, rollout: Rollout, position: RolloutPosition): boolean {
  return isBinding(guard) && compares(guard, rollout, position);
}

function compares(guard: Guard, rollout: Rollout, { step }: RolloutPosition): boolean {
  return !isRelative(guard) || hasControl(rollout, step);
}

function wordsOf({ state, trouble }: GuardRecord): string {
  const word = state === 'no-control' ? 'warming' : state;
  return trouble === '' ? `is ${word}` : `is ${word}: ${trouble}`;
}

function freshness(guard: Guard, record: GuardRecord, { now, since }: Look): Opinion {
  const window = record.windowLength ?? SHORTEST_WINDOW;
  const age = now - (record.dataAt ?? -Infinity);
  if (staleness(age, (FRESH_WINDOWS + 1) * window) !== null)
    return holds(guard, 'has had no data for 3 windows');
  return record.watermark >= since ? LETS_GO : holds(guard, NOT_JUDGED);
}

/** Hold of the present step in ms, null = until somebody promotes. */
export function holdOf({ steps }: Rollout, { step }: RolloutPosition): number | null {
  const hold = steps[step]?.hold ?? null;
  return hold === null ? null : hold * 1_000;
}

/** When the present step began (store time), and its hold in ms. */
export function stepOf(rollout: Rollout, position: RolloutPosition): GuardedStep {
  const step = { startedAt: position.stepStartedAt, holdMs: holdOf(rollout, position) };
  return earlyAfterOf(rollout, position) === null ? step : { ...step, goesEarly: true };
}

/** Guards that are named in what a rollout waits for; others are counted. */
const MOST_NAMED = 3;

/** Which guards don't let the step go on and why, those that stop its clock first; null: none of them. */
export function heldBy(opinions: readonly Opinion[]): string | null {
  const troubles = [true, false].flatMap((stopsClock) =>
    opinions.filter((one) => one.stopsClock === stopsClock).flatMap(({ trouble }) => trouble ?? []),
  );
  if (troubles.length === 0) return null;
  const more = troubles.length - MOST_NAMED;
  const named = troubles.slice(0, MOST_NAMED);
  return [...named, ...(more > 0 ? [`${more} more of its guards hold it.`] : [])].join(' ');
}

function stops(guard: Guard, words: string): Opinion {
  return { stopsClock: true, trouble: `Guard ${guard.key} ${words}.` };
}

function holds(guard: Guard, words: string): Opinion {
  return { stopsClock: false, trouble: `Guard ${guard.key} ${words}.` };
}
