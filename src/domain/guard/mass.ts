/** What is known of the time ahead. A standing guard has no planned end. */
export interface GuardPlan {
  /** When the last hold ends if all goes on as it should, store's time in ms; null: nobody planned an end. */
  readonly plannedEnd: number | null;
  readonly paused: boolean;
  /** The present step is held until somebody promotes. */
  readonly endless: boolean;
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
 * nobody planned (a pause, a step without end, past the planned end, a standing guard) spends Δt / 30 d on top.
 */
export function massOf(
  window: { readonly from: number; readonly to: number },
  plan: GuardPlan,
  { spent, first }: { readonly spent: number; readonly first: boolean },
): Mass {
  const rest = Math.max(0, 1 - spent);
  const length = Math.max(0, window.to - window.from);
  if (first && rest > 0) return { mass: FIRST * rest, planned: FIRST * rest };
  // With nothing left an accumulator would stay without evidence for ever: it begins with what unplanned time gets.
  if (first) return { mass: length / UNPLANNED, planned: 0 };
  const ahead = plan.paused || plan.endless ? 0 : Math.max(0, (plan.plannedEnd ?? 0) - window.from);
  const within = Math.min(length, ahead);
  const planned = ahead === 0 ? 0 : (rest * within) / ahead;
  return { mass: planned + (length - within) / UNPLANNED, planned };
}
