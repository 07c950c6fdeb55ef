import { FLAG_WEIGHT_TOTAL } from '@tidegate/sdk/engine';
import type { StoredState } from '../change.js';
import { LOG_LIMIT } from '../guard/log-add-exp.js';
import { sampleRatioLogE } from '../guard/sample-ratio.js';
import { type Image, stateKey } from '../image.js';
import type { Rollout, RolloutPosition } from '../rollout.js';
import type { UnitCounts } from '../units.js';

/** Units first exposed while the new arm had one weight, in 100,000ths. */
export interface AssignmentEpoch {
  readonly weight: number;
  readonly new: number;
  readonly control: number;
}

/**
 * How the distinct units of a rollout's run were assigned to its arms, against the weights; state, key `assignment/<rollout>`.
 * Times are the store's, epoch ms.
 */
export interface Assignment {
  readonly run: number;
  /** By weight; a unit belongs to the one of its first exposure, so that epochs tell of different units. */
  readonly epochs: readonly AssignmentEpoch[];
  /** Log of the evidence that units aren't assigned as configured, all epochs together. */
  readonly logE: number;
  /** When that reached 1,000:1; from then on events of this run prove nothing. null: it has not. */
  readonly untrustedAt: number | null;
  /** Why events can't be trusted; empty while they can. */
  readonly words: string;
}

/** Evidence of 1,000:1. */
const UNTRUSTED = Math.log(1_000);

/**
 * What the units say by now. Null: each unit falls into an arm by its weight, so that rollouts that are as they should be are called
 * untrusted once in a thousand runs. It stays so until the next run: what was counted stays counted.
 */
export function assess(
  before: Assignment | null,
  {
    arms,
    position: { run },
    assigned,
    now,
  }: {
    readonly arms: NonNullable<Rollout['flag']>;
    readonly position: RolloutPosition;
    readonly assigned: UnitCounts['assigned'];
    readonly now: number;
  },
): Assignment {
  const epochs = epochsOf(arms, assigned);
  const logE = Math.min(
    LOG_LIMIT,
    epochs.reduce((sum, epoch) => sum + logOf(epoch), 0),
  );
  const since = before?.run === run ? before.untrustedAt : null;
  const untrustedAt = since ?? (logE >= UNTRUSTED ? now : null);
  const words = untrustedAt === null ? '' : since === null ? wordsOf(epochs) : (before?.words ?? '');
  return { run, epochs, logE, untrustedAt, words };
}

function epochsOf(arms: NonNullable<Rollout['flag']>, assigned: UnitCounts['assigned']): AssignmentEpoch[] {
  const byWeight = new Map<number, AssignmentEpoch>();
  for (const [name, count] of assigned) {
    const bar = name.indexOf('|');
    const [share, variant] = [Number(name.slice(0, bar)), name.slice(bar + 1)];
    if (variant !== arms.new && variant !== arms.control) continue;
    const weight = variant === arms.new ? share : FLAG_WEIGHT_TOTAL - share;
    const known = byWeight.get(weight) ?? { weight, new: 0, control: 0 };
    const arm = variant === arms.new ? 'new' : 'control';
    byWeight.set(weight, { ...known, [arm]: known[arm] + count });
  }
  return [...byWeight.values()].sort((a, b) => a.weight - b.weight);
}

function logOf({ weight, new: fresh, control }: AssignmentEpoch): number {
  const share = weight / FLAG_WEIGHT_TOTAL;
  return sampleRatioLogE([fresh, control], [share, 1 - share]);
}

/** The epoch that is furthest off, in figures. */
function wordsOf(epochs: readonly AssignmentEpoch[]): string {
  const [worst] = epochs.toSorted((a, b) => logOf(b) - logOf(a));
  if (worst === undefined) return '';
  const seen = worst.new + worst.control;
  const share = (100 * worst.new) / seen;
  return `${worst.new} of ${seen} users were in the new arm (${share.toFixed(1)} %), and ${worst.weight / 1_000} % should be`;
}

/** What is known of a rollout's assignment, and the revision of that state; null and 0 where nothing is. */
export function assignmentOf(
  image: Image,
  rollout: string,
): { readonly assignment: Assignment | null; readonly revision: number } {
  const state = image.states.get(stateKey.assignment(rollout)) as StoredState<Assignment> | undefined;
  return { assignment: state?.value ?? null, revision: state?.revision ?? 0 };
}

/** Why what events say of this run of a rollout can't be trusted, in words; null where it can. */
export function distrustOf(image: Image, rollout: string, run: number): string | null {
  const { assignment } = assignmentOf(image, rollout);
  return assignment?.run === run && assignment.untrustedAt !== null ? assignment.words : null;
}
