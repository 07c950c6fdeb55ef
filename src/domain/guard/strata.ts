import type { Guard } from '../guard.js';
import { addSums, type GuardSums, NO_SUMS } from './guard-sums.js';
import { pairedOf } from './kinds/paired-of.js';
import type { MetricWindow } from './reading.js';
import type { PairedCounts } from './split-llr.js';
import type { Trouble } from './trouble.js';

/** Log likelihood ratios of one comparison, one for each alternative. */
type Llrs = (counts: PairedCounts) => readonly number[];

/**
 * What a window compares: each value of the guard's label by itself, or else all of it at once; only what has traffic in both arms.
 * Counts of strata with different splits are never pooled: where a region with more errors has more of the new arm, the new arm would look
 * worse than it is (Simpson's paradox).
 */
export function comparedIn(window: MetricWindow, { strata }: Pick<Guard, 'strata'>): PairedCounts[] {
  const parts: readonly Pick<MetricWindow, 'new' | 'control'>[] =
    strata === null ? [window] : (window.strata ?? []);
  return parts.flatMap((part) => {
    const counts = pairedOf(part);
    return counts !== null && counts.newTotal > 0 && counts.controlTotal > 0 ? [counts] : [];
  });
}

/**
 * Log likelihood ratios added up over strata, which are independent given the traffic. Null: in each stratum the new arm is within what is
 * allowed, whatever the baselines; then the exponential is at most 1 on average, as a product of such.
 */
export function addedUp(compared: readonly PairedCounts[], llrsOf: Llrs): number[] {
  const [first = [], ...others] = compared.map(llrsOf);
  return others.reduce<number[]>((sum, llrs) => sum.map((llr, k) => llr + (llrs[k] ?? 0)), [...first]);
}

/** Counts of all that was compared. */
export function sumOf(compared: readonly PairedCounts[]): GuardSums {
  return compared.reduce(addSums, NO_SUMS);
}

/** Events to expect in the new arm at the control's rate, stratum by stratum. */
export function expectedIn(compared: readonly PairedCounts[]): number {
  return compared.reduce(
    (sum, { newTotal, controlBad, controlTotal }) => sum + (newTotal * controlBad) / controlTotal,
    0,
  );
}

/** What is wrong with the values of a guard's label: BAD_STRATA; null where it can compare within each. */
export function strataTrouble(
  strata: Guard['strata'],
  values: readonly string[] | undefined,
): Trouble | null {
  if (strata === null) return null;
  const { label, most } = strata;
  if (values === undefined) return bad(`the source tells no values of the label "${label}"`);
  if (values.length <= most) return null;
  const some = values.slice(0, 3).map((value) => JSON.stringify(value));
  return bad(
    `the label "${label}" has ${values.length} values, and this guard takes at most ${most} (${some.join(', ')} …): take a label with fewer, or raise strata.most`,
  );
}

/** The same of what a source read: also a label that no series has, of which a typo would make one stratum of everything. */
export function labelTrouble(strata: Guard['strata'], values: readonly string[] | undefined): Trouble | null {
  const isUnknown = values !== undefined && values.length > 0 && values.every((value) => value === '');
  if (strata === null || !isUnknown) return strataTrouble(strata, values);
  return bad(
    `no series has the label "${strata.label}", within which this guard compares: look at strata.label`,
  );
}

function bad(words: string): Trouble {
  return { code: 'BAD_STRATA', words };
}
