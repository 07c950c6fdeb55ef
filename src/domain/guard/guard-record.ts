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
  readonly madeAt: number;
  /** End of the last window applied: each window is applied exactly once. */
  readonly watermark: number;
  /** Log of the accumulated evidence per alternative of the ratio grid; null = nothing yet. */
  readonly logs: readonly (number | null)[];
  /** Log of the combined evidence; trips at ln(1/alpha). */
  readonly logE: number | null;
  /** Start-time mass spent so far. */
  readonly spent: number;
  /** End of the last window that had traffic in both arms (absolute guard: in the new arm); null = none yet. */
  readonly dataAt: number | null;
  /** End of the last window in which the new arm had a bad event; null = none. */
  readonly lastBadAt: number | null;
  readonly windows: number;
  /** Sums over all windows applied. */
  readonly sums: {
    readonly newBad: number;
    readonly newTotal: number;
    readonly controlBad: number;
    readonly controlTotal: number;
  };
  /** A window with more bad events than total, kept back to be merged with the next. */
  readonly carry: CarriedWindow | null;
  /** When and on what words it tripped; null while it has not. Latched = not null. */
  readonly trip: { readonly at: number; readonly evidence: { readonly [name: string]: unknown } } | null;
  /** Why nothing can be said at present, in words; empty while something can. */
  readonly trouble: string;
  /** Digest of what the evidence rests on (margin, threshold, query, arms): another one makes a fresh accumulator. */
  readonly basis: string;
}

export interface CarriedWindow {
  readonly from: number;
  readonly to: number;
  readonly new: { readonly bad: number; readonly total: number } | null;
  readonly control: { readonly bad: number; readonly total: number } | null;
  readonly merged: number;
}
