import type { Absence } from './absence.js';
import type { GuardMemory } from './guard-memory.js';
import type { GuardSums } from './guard-sums.js';
import type { NoHarm } from './no-harm.js';
import type { MetricWindow } from './reading.js';
import type { Recent } from './recent.js';
import type { Scatter } from './scatter.js';
import type { TroubleCode } from './trouble.js';

/** What a guard says of the new arm; `tripped` is latched until a person resets it. */
export const GUARD_STATES = [
  'warming',
  'ok',
  'suspect',
  'tripped',
  'blind',
  'untrusted',
  'no-control',
] as const;
export type GuardState = (typeof GUARD_STATES)[number];

/**
 * What a guard remembers of one subject; state, key `guard/<guard>/<subject>`. Times are epoch milliseconds, watermark
 * and window times on the source's clock, the others on the store's. Log values that are −∞ are null (JSON has none).
 */
export interface GuardRecord {
  readonly state: GuardState;
  /** The run of the rollout it was made for; 0 for a standing guard. */
  readonly run: number;
  /** What happened before never counts: when it was made, its arms became comparable, or an override let its rollout go on. */
  readonly madeAt: number;
  /** End of the last window applied: each window is applied exactly once. */
  readonly watermark: number;
  /** Log of the accumulated evidence per alternative of its kind's grid; null, or absent = nothing yet. */
  readonly logs: readonly (number | null)[];
  /** Log of the combined evidence; trips at `tripLine`. null = no window with traffic yet. */
  readonly logE: number | null;
  /** Start-time mass spent so far, of the 1 that a rollout run has; what long runs spend on top is not in it. */
  readonly spent: number;
  /** End of the last window that had data in both arms (absolute guard: in the new arm); null = none yet. */
  readonly dataAt: number | null;
  /** End of the last window in which the new arm had a bad event, or of which nothing is known of it; null = none. */
  readonly lastBadAt: number | null;
  /** Windows with traffic that were applied. */
  readonly windows: number;
  /** Usual length of a window of its source, ms, as last read; null = none read yet. */
  readonly windowLength: number | null;
  /** Sums over those windows. */
  readonly sums: GuardSums;
  /** Bad events to expect in the new arm at the control's rate (absolute guard: at the threshold), summed by window. */
  readonly expected: number;
  /** Of a ratio or drop, the windows that speak against the new arm at present; null = none do, absent = not kept then. */
  readonly recent?: Recent | null;
  /** Milliseconds of which nothing could be read: too old when their turn came, or nobody was heard. */
  readonly lost: number;
  /** What only its kind remembers; absent or null = nothing. */
  readonly memory?: GuardMemory | null;
  /** Evidence of this step that the new arm does no harm, where the step goes on early by it; absent or null = none. */
  readonly noHarm?: NoHarm | null;
  /** Bad events of the new arm that were beyond its total, and left out of the sums; absent = none. */
  readonly cut?: number;
  /** A window with more bad events than total, kept back to be merged with the next. */
  readonly carry: CarriedWindow | null;
  /** When and on what words it tripped; null while it has not. Latched = not null. */
  readonly trip: { readonly at: number; readonly evidence: { readonly [name: string]: unknown } } | null;
  /** Why nothing can be said at present, in words; empty while something can. */
  readonly trouble: string;
  /** Of which kind that is; absent while something can, and in records of before there were codes. */
  readonly troubleCode?: TroubleCode | undefined;
  /**
   * Since when it can't judge though the new arm is in use (store's time), and whether that was told; null while it can.
   * Absent in records of before there was patience.
   */
  readonly unseen?: Unseen | null;
  /** Selectors without series, as last looked for; absent = nobody has looked. */
  readonly absent?: readonly Absence[] | undefined;
  /** What history said of the scatter when it was asked for this record; absent = it was not, or has not answered yet. */
  readonly scatter?: Scatter | undefined;
  /** Digest of what the evidence rests on (margin, threshold, query, arms): another one makes a fresh accumulator. Empty = not known yet. */
  readonly basis: string;
}

/** A spell in which a guard can't judge; times are the store's. */
export interface Unseen {
  readonly since: number;
  readonly told: boolean;
  /** When it was last looked at, a few seconds ago at most; absent once it was told, and in records of before this was kept. */
  readonly at?: number;
}

/** A window held back, and how many windows it is made of so far. */
export interface CarriedWindow extends MetricWindow {
  readonly merged: number;
}
