import type { Guard } from '../guard.js';
import type { GuardKind } from '../guard-kind.js';
import { MOST_PHI } from './dispersion.js';

/**
 * How much the control scattered before a guard began: the phi that it says. `reason`: why it says none, or no more though it speaks for more, in
 * words; null where it says all.
 */
export type Scatter =
  { readonly phi: number; readonly reason: string | null } | { readonly phi: null; readonly reason: string };

/** What may hold it; absent = nothing is known yet. */
interface Heard {
  readonly scatter?: Scatter | undefined;
}

/** Kinds whose evidence comes from counts of two parts; a mean is judged by its own scatter. */
const COUNTED: readonly GuardKind[] = ['ratio', 'latency', 'drop'];

/** Whether the history of its metric is to be asked for a guard: once in each record. */
export function wantsScatter(
  guard: Pick<Guard, 'source' | 'kind' | 'phiFromHistory'>,
  { scatter, trip }: Heard & { readonly trip: unknown },
): boolean {
  return goesByHistory(guard) && scatter === undefined && trip === null;
}

/** Whether the scatter of its control can raise the phi of a guard. */
export function goesByHistory({
  source,
  kind,
  phiFromHistory,
}: Pick<Guard, 'source' | 'kind' | 'phiFromHistory'>): boolean {
  return phiFromHistory && source === 'prometheus' && COUNTED.includes(kind);
}

/** The record with what a reading brings of it; what is known already stays. */
export function withScatter<R extends Heard>(record: R, reading: Heard | null): R {
  const { scatter = reading?.scatter } = record;
  return scatter === record.scatter ? record : { ...record, scatter };
}

/**
 * The guard as it judges with this record: history raises phi and never lowers it. What came before the record began is all that
 * history tells of, so that each window is judged by a phi that was chosen without it, and false alarms stay as rare as stated.
 */
export function scattered<G extends Pick<Guard, 'phi' | 'phiFromHistory'>>(guard: G, { scatter }: Heard): G {
  // What is kept of before there was a most of it may be more.
  const least = Math.min(scatter?.phi ?? 0, MOST_PHI);
  return guard.phiFromHistory && least > guard.phi ? { ...guard, phi: least } : guard;
}
