import type { ArmCounts, MetricWindow } from './reading.js';

/** Values of the control after which the limit is fixed. */
const ENOUGH = 1_000;
/** Share of the control's values that the limit leaves as they are. */
const LEFT = 0.999;

/**
 * What large values are cut to, so that one of them can't decide a mean: the control's 99.9th percentile, up to the bound of its
 * bucket. Fixed once, from the first 1,000 values of the control, and never by what the new arm does.
 */
export interface ValueLimit {
  /** Values of the control per bucket so far; empty once the limit is fixed. */
  readonly control: readonly number[];
  /** null: not fixed yet. */
  readonly limit: number | null;
}

export const NO_LIMIT: ValueLimit = { control: [], limit: null };

/**
 * The window with its values cut, and what is known of the limit after it. Without bounds (the source tells only sums) it is as it
 * was; null while the limit is not fixed: such a window serves to find it, and is no evidence.
 */
export function winsorised(
  window: MetricWindow,
  known: ValueLimit,
): { readonly window: MetricWindow | null; readonly known: ValueLimit } {
  const { bounds, new: fresh, control } = window;
  if (bounds === undefined) return { window, known };
  if (known.limit === null) return { window: null, known: learned(known, control?.buckets ?? [], bounds) };
  const { limit } = known;
  return {
    window: { ...bare(window), new: cut(fresh, bounds, limit), control: cut(control, bounds, limit) },
    known,
  };
}

/** How many values of the control the limit rests on so far. */
export function valuesFor({ control }: ValueLimit): { readonly seen: number; readonly of: number } {
  return { seen: control.reduce((sum, count) => sum + count, 0), of: ENOUGH };
}

function learned(known: ValueLimit, buckets: readonly number[], bounds: readonly number[]): ValueLimit {
  const control = Array.from(
    { length: bounds.length + 1 },
    (_, index) => (known.control[index] ?? 0) + (buckets[index] ?? 0),
  );
  const all = control.reduce((sum, count) => sum + count, 0);
  if (all < ENOUGH) return { control, limit: null };
  let below = 0;
  const found = control.findIndex((count) => (below += count) >= LEFT * all);
  return { control: [], limit: bounds[Math.min(found, bounds.length - 1)] ?? null };
}

/** An arm with each value above the limit counted as the limit. */
function cut(arm: ArmCounts | null, bounds: readonly number[], limit: number): ArmCounts | null {
  if (arm === null) return null;
  const { bad, total, buckets = [], sums = [] } = arm;
  const sum = buckets.reduce(
    (all, count, index) => all + ((bounds[index] ?? Infinity) <= limit ? (sums[index] ?? 0) : count * limit),
    0,
  );
  return { bad, total, sum };
}

function bare({ from, to }: MetricWindow): Pick<MetricWindow, 'from' | 'to'> {
  return { from, to };
}
