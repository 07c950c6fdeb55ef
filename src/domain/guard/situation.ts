import { isRelative } from '../guard-kind.js';
import type { Combination } from './combination.js';
import type { Guard } from '../guard.js';
import type { GuardPlan } from './mass.js';

/** The present step of a rollout. */
export interface GuardedStep {
  /** When it began, store's time. */
  readonly startedAt: number;
  /** How long it is held; null: without end. */
  readonly holdMs: number | null;
  /** It goes on sooner where no harm is shown; absent where it does not. */
  readonly goesEarly?: true;
}

/** All that a guard must know beside its metrics. */
export interface GuardSituation {
  /** The store's time, epoch ms. */
  readonly now: number;
  /** What it shares with the other guards that can stop the rollout; `ALONE` for a standing guard. */
  readonly combined: Combination;
  /** False where there is no control to compare with: an audience-only step, or 100 % without holdback. */
  readonly comparable: boolean;
  /** Why its source can't be trusted, in words; absent where it can. */
  readonly untrusted?: string;
  readonly plan: GuardPlan;
  /** null = standing guard. */
  readonly step: GuardedStep | null;
}

/** Whether the guard judges a metric now; if not it is `no-control`, and its source need not be asked. */
export function needsReading(guard: Guard, situation: Pick<GuardSituation, 'comparable'>): boolean {
  return !isRelative(guard) || situation.comparable;
}
