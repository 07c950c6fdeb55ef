import { poissonAbsLlr } from './poisson-abs-llr.js';
import type { MetricWindow } from './reading.js';
import type { GuardedStep } from './situation.js';
import { type PairedCounts, splitLlr } from './split-llr.js';

/** Odds of 20:1 that the new arm is not twice as bad. */
const PROVEN = Math.log(20);
/** What is called harm: this many times the control's share, or what is allowed. */
const HARM = 2;

/**
 * Log likelihood ratio of one window for "as bad as the control" against "twice as bad or worse": the split form in the other direction.
 * Null: the new arm's bad share is at least twice the control's, at any baseline; then its exponential is at most 1 on average, as that of
 * `splitLlr` is (the mean falls with the new arm's share here). Assumes independent events, else divide by phi.
 *
 * M. Lindon, A. Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022.
 */
export function noHarmLlr(counts: PairedCounts): number {
  return splitLlr(counts, 1, HARM);
}

/** The same for events that must not become fewer. Null: at most half as many per unit of exposure as in the control. */
export function noLossLlr(counts: PairedCounts): number {
  return splitLlr(counts, 1, 1 / HARM);
}

/** The same against a fixed share. Null: the new arm's share is at least twice `allowed`. */
export function noExcessLlr({ newBad, newTotal }: PairedCounts, allowed: number): number {
  return poissonAbsLlr(newBad, newTotal, HARM * allowed, allowed);
}

/** What a guard has against harm in one step of a rollout: logs of evidence, which all must show it. */
export interface NoHarm {
  /** When the step began, store's time: evidence of an earlier step says nothing of this one. */
  readonly since: number;
  /** One, or one for each bound of a histogram. */
  readonly logs: readonly number[];
}

/** Adds one window, `llrs` of it divided by `phi`, to what there is. One that began before the step is left out; null where the step does not ask. */
export function addNoHarm(
  before: NoHarm | null,
  llrs: readonly number[],
  {
    window,
    step,
    phi,
  }: { readonly window: MetricWindow; readonly step: GuardedStep | null; readonly phi: number },
): NoHarm | null {
  if (step?.goesEarly === undefined) return null;
  const since = step.startedAt;
  const logs = before?.since === since ? before.logs : [];
  if (window.from < since || llrs.length === 0) return { since, logs };
  return { since, logs: llrs.map((llr, i) => (logs[i] ?? 0) + llr / phi) };
}

/** Log of the evidence that there was no harm since the step began; null where none was gathered. */
export function noHarmSince(noHarm: NoHarm | null | undefined, since: number): number | null {
  return noHarm?.since === since && noHarm.logs.length > 0 ? Math.min(...noHarm.logs) : null;
}

/** Whether so much evidence is enough to say so: a new arm that does harm all the time is called harmless at most once in 20 steps. */
export function isHarmless(logE: number): boolean {
  return logE >= PROVEN;
}
