import type { Guard } from '../guard.js';
import type { CarriedWindow } from './guard-record.js';
import { rulesOf } from './kinds/all.js';
import { mergeWindows } from './merge-windows.js';
import type { ArmCounts, MetricWindow } from './reading.js';

/** Events of one act may arrive in different batches; after this they count as what they are. */
const EVENTS_MERGE = 60_000;

/** The window to judge now, if any, and what is held back for the next. */
export interface Admission {
  readonly window: MetricWindow | null;
  readonly carry: CarriedWindow | null;
}

/**
 * Lets a window in whose counts can be true. More bad events than total means that the two were not counted at the same
 * moment: such a window is held back and merged with those after it (events: for a minute; Prometheus: once), then
 * judged with bad capped at total in each arm, of each stratum, that still can't be true: what is odd in one says nothing of the others.
 */
export function admit(
  window: MetricWindow,
  carry: CarriedWindow | null,
  { kind, source }: Pick<Guard, 'kind' | 'source'>,
): Admission {
  const merged = carry === null ? window : mergeWindows(carry, window);
  const fits = (arm: ArmCounts | null): boolean => arm === null || rulesOf(kind).fits(arm);
  const parts = [merged, ...(merged.strata ?? [])];
  if (parts.every((part) => fits(part.new) && fits(part.control))) return { window: merged, carry: null };
  const count = (carry?.merged ?? 0) + 1;
  const patient = source === 'events' ? merged.to - merged.from < EVENTS_MERGE : count < 2;
  if (patient) return { window: null, carry: { ...merged, merged: count } };
  return { window: capped(merged, fits), carry: null };
}

/** What is wrong with the figures of a window, in words; null where they are counts. */
export function faultOf(window: MetricWindow): string | null {
  const arms = [window, ...(window.strata ?? [])]
    .flatMap((part) => [part.new, part.control])
    .filter((arm) => arm !== null);
  const odd = arms
    .flatMap(({ bad, total, buckets = [] }) => [bad, total, ...buckets])
    .find((figure) => !Number.isFinite(figure) || figure < 0);
  if (odd !== undefined) return `a count of ${odd} is no count`;
  const sum = arms.map((arm) => arm.sum ?? 0).find((figure) => !Number.isFinite(figure));
  return sum === undefined ? null : `a sum of ${sum} is no sum`;
}

function capped(window: MetricWindow, fits: (arm: ArmCounts | null) => boolean): MetricWindow {
  const cap = (arm: ArmCounts | null): ArmCounts | null =>
    arm === null || fits(arm) ? arm : { ...arm, bad: Math.min(arm.bad, arm.total) };
  const within = <T extends Pick<MetricWindow, 'new' | 'control'>>(part: T): T => ({
    ...part,
    new: cap(part.new),
    control: cap(part.control),
  });
  return { ...within(window), ...(window.strata && { strata: window.strata.map(within) }) };
}
