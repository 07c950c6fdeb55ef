/** What is known of the time ahead. A standing guard has no planned end. */
export interface GuardPlan {
  /**
   * When the last hold ends if all goes on as it should, store's time in ms; before now where the last hold is over. null: nobody
   * planned an end.
   */
  readonly plannedEnd: number | null;
  readonly paused: boolean;
  /** The present step is held until somebody promotes. */
  readonly endless: boolean;
  /** When the present hold ends, or ended, by its clock: time after that was planned for later steps. Absent: at the planned end. */
  readonly holdEnd?: number;
  /** The clock of the present hold stands still though nobody paused it: a table is not applied, a guard is blind. */
  readonly stopped?: true;
  /** All holds of the run together, ms; absent: what an even spread comes to is not known. */
  readonly whole?: number;
}

/** Part of the unspent mass that the first window with traffic gets; the rest is spread over the planned time. */
export const FIRST = 0.7;
/** Time outside any plan spends a whole alpha in 30 days. */
const UNPLANNED = 30 * 24 * 60 * 60 * 1_000;

/** Start-time mass of one window: `mass` in all, `planned` of it out of the 1 that a rollout run has. */
export interface Mass {
  readonly mass: number;
  readonly planned: number;
}

/**
 * Start-time mass of a window (from, to]. Of what is not yet `spent` the first window of an accumulator gets 0.7; after
 * that the rest goes evenly over what remains of the planned time, so that a longer plan spreads it anew. Time that
 * nobody planned (a pause, a step without end, a hold that is over or whose clock stands still, past the planned end, a standing
 * guard) spends Δt / 30 d on top. So in all it is at most 1 + time / 30 d, and 1 where all goes as planned.
 */
export function massOf(
  window: { readonly from: number; readonly to: number },
  plan: GuardPlan,
  { spent, first }: { readonly spent: number; readonly first: boolean },
): Mass {
  const rest = Math.max(0, 1 - spent);
  const length = Math.max(0, window.to - window.from);
  // With next to nothing left an accumulator would stay without evidence for ever: it begins with what unplanned time gets.
  if (first) return { mass: Math.max(FIRST * rest, length / UNPLANNED), planned: FIRST * rest };
  const within = Math.min(length, plannedFrom(window.from, plan));
  const planned = within === 0 ? 0 : (rest * within) / ((plan.plannedEnd ?? 0) - window.from);
  return { mass: Math.max(planned, leastOf(within, plan)) + (length - within) / UNPLANNED, planned };
}

/** How long from a time on the present hold was planned to last, ms. */
function plannedFrom(from: number, { plannedEnd, paused, endless, stopped, holdEnd }: GuardPlan): number {
  if (plannedEnd === null || paused || endless || stopped) return 0;
  return Math.max(0, Math.min(plannedEnd, holdEnd ?? plannedEnd) - from);
}

/**
 * What planned time gets where the mass was spent before it was planned (steps added at the end, an edited guard): the even spread
 * over the whole run, and no more than unplanned time gets. A run that goes as planned never falls below it.
 */
function leastOf(within: number, { whole }: GuardPlan): number {
  return whole === undefined || whole === 0 ? 0 : within * Math.min((1 - FIRST) / whole, 1 / UNPLANNED);
}
