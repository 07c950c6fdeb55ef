import { isRelative } from '../guard-kind.js';
import type { Combination } from './combination.js';
import type { Guard } from '../guard.js';
import type { GuardPlan } from './mass.js';

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
  /** The present step of the rollout: when it began (store's time), how long it is held (null: without end). null = standing guard. */
  readonly step: { readonly startedAt: number; readonly holdMs: number | null } | null;
}

/** Whether the guard judges a metric now; if not it is `no-control`, and its source need not be asked. */
export function needsReading(guard: Guard, situation: Pick<GuardSituation, 'comparable'>): boolean {
  return !isRelative(guard) || situation.comparable;
}
