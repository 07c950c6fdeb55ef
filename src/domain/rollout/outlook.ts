import { FLAG_WEIGHT_TOTAL } from '@tidegate/sdk/engine';
import type { Documents } from '../documents.js';
import type { Guard } from '../guard.js';
import { isRelative } from '../guard-kind.js';
import { partsOf } from '../guard/combination.js';
import { medianDetectionTime, medianExcessTime } from '../guard/detection-time.js';
import type { Rollout } from '../rollout.js';
import { combinedGuards } from './combinations.js';
import { reachInWords } from './evidence.js';
import { reachAt } from './owned-rules.js';

/** How many times worse than the control (absolute guard: than what is usual) that times are foretold for. */
const RATIOS = [1.25, 2, 10] as const;
/** The one that a step should be long enough for. */
const EXPECTED = 2;

/** What usually comes: requests (or units that a guard counts) a second in all arms, and the bad share among them. */
export interface UsualTraffic {
  readonly perSecond: number;
  readonly badShare: number;
}

/** In how many seconds half of all regressions by `ratio` are found; null: never, at this share, margin or threshold. */
export interface Foretold {
  readonly ratio: number;
  readonly seconds: number | null;
}

export interface StepOutlook {
  /** Index into steps. */
  readonly step: number;
  readonly reach: string;
  /** Seconds; null = until somebody promotes. */
  readonly hold: number | null;
  readonly guard: string;
  readonly detection: readonly Foretold[];
  /** Why the guard may see nothing in this step, in words; null where it should find a doubling. */
  readonly trouble: string | null;
}

export interface Outlook {
  /** Of 100 such rollouts in which nothing is wrong, how many are stopped at most. */
  readonly falseTripsPer100: number;
  readonly steps: readonly StepOutlook[];
}

/** What the guards of a rollout can be expected to find in each step of it, before it is started. */
export function outlookOf(rollout: Rollout, documents: Documents, usual: UsualTraffic): Outlook {
  const guards = rollout.guards.flatMap((key) => documents.value('guard', key) ?? []);
  const combined = combinedGuards(guards);
  const parts = partsOf(combined);
  return {
    falseTripsPer100: 100 * combined.reduce((sum, { key, alpha }) => sum + alpha * (parts.get(key) ?? 1), 0),
    steps: rollout.steps.flatMap((_, step) =>
      guards.map((guard) => stepOutlook({ rollout, step, guard, part: parts.get(guard.key) ?? 1 }, usual)),
    ),
  };
}

interface Looked {
  readonly rollout: Rollout;
  readonly step: number;
  readonly guard: Guard;
  /** Its part of the budget of false alarms. */
  readonly part: number;
}

function stepOutlook(looked: Looked, usual: UsualTraffic): StepOutlook {
  const { rollout, step, guard } = looked;
  const hold = rollout.steps[step]?.hold ?? null;
  const detection = RATIOS.map((ratio) => ({ ratio, seconds: foretold(looked, usual, ratio) }));
  const trouble = troubleOf(looked, detection, hold);
  return { step, reach: reachInWords(rollout, step), hold, guard: guard.key, detection, trouble };
}

function foretold(
  { rollout, step, guard, part }: Looked,
  { perSecond, badShare }: UsualTraffic,
  ratio: number,
): number | null {
  const share = shareSeen(rollout, step, guard);
  const alpha = guard.alpha * part;
  const newTotal = perSecond * share;
  const { margin, phi, threshold } = guard;
  if (guard.kind !== 'ratio') return null;
  if (margin === null)
    return medianExcessTime(newTotal * badShare * ratio, newTotal * (threshold ?? 1), { alpha, phi });
  const arms = { newTotal, controlTotal: perSecond - newTotal, share: badShare };
  return medianDetectionTime(arms, ratio, { alpha, margin, phi });
}

/** What of all traffic the new arm shows this guard: its share, and for a threshold on Prometheus the copies as well. */
function shareSeen(rollout: Rollout, index: number, guard: Guard): number {
  const share = reachAt(rollout, index).weight / FLAG_WEIGHT_TOTAL;
  const step = rollout.steps[index];
  if (isRelative(guard) || guard.source !== 'prometheus' || step === undefined || !('mirror' in step))
    return share;
  return share + ((1 - share) * step.mirror) / 100;
}

function troubleOf(
  { rollout, step, guard }: Looked,
  detection: readonly Foretold[],
  hold: number | null,
): string | null {
  const share = shareSeen(rollout, step, guard);
  if (share === 0)
    return `Guard ${guard.key} sees no share of everybody in this step: how much comes is not known.`;
  if (isRelative(guard) && share === 1)
    return `Guard ${guard.key} has no control to compare with in this step.`;
  if (guard.kind !== 'ratio')
    return `How long guard ${guard.key} takes is not foretold: it judges no share of bad events by evidence.`;
  const seconds = detection.find(({ ratio }) => ratio === EXPECTED)?.seconds ?? null;
  if (seconds === null)
    return `A doubling of the usual is within what guard ${guard.key} allows, or nothing bad is usual: it is never found.`;
  if (hold === null || seconds <= hold) return null;
  return `Guard ${guard.key} finds a doubling in about ${Math.ceil(seconds)} s, and the step is held for ${hold} s: a larger share or a longer hold would show it.`;
}
