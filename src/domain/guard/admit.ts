import { isRelative } from '../guard-kind.js';
import type { Guard } from '../guard.js';
import type { CarriedWindow } from './guard-record.js';
import { rulesOf } from './kinds/all.js';
import { mergeWindows } from './merge-windows.js';
import { type ArmCounts, hasTraffic, type MetricWindow } from './reading.js';

/** Events of one act may arrive in different batches; after this they count as what they are. */
const EVENTS_MERGE = 60_000;
/** Windows that are merged where no such delay explains what is odd. */
const LEAST_MERGED = 2;

/** The window to judge now, if any, and what is held back for the next. */
export interface Admission {
  readonly window: MetricWindow | null;
  readonly carry: CarriedWindow | null;
  /** Bad events of the new arm in the window that were beyond its total, and are left out of it. */
  readonly cut: number;
}

/**
 * Lets a window in whose counts can be true. More bad events than total means that the two were not counted at the same
 * moment: such a window is held back and merged with those after it (events: for a minute, or once where only the new arm has too many; Prometheus: once), then
 * judged with bad capped at total in each arm, of each stratum, that still can't be true: what is odd in one says nothing of the others.
 */
export function admit(
  window: MetricWindow,
  carry: CarriedWindow | null,
  guard: Pick<Guard, 'kind' | 'source' | 'margin'>,
): Admission {
  const merged = carry === null ? window : mergeWindows(carry, window);
  const fits = (arm: ArmCounts | null): boolean => arm === null || rulesOf(guard.kind).fits(arm);
  const parts = [merged, ...(merged.strata ?? [])];
  if (parts.every((part) => fits(part.new) && fits(part.control)))
    return { window: merged, carry: null, cut: 0 };
  const count = (carry?.merged ?? 0) + 1;
  const patient = mayBeLate(merged, guard, fits)
    ? merged.to - merged.from < EVENTS_MERGE
    : count < LEAST_MERGED;
  if (patient) return { window: null, carry: { ...merged, merged: count }, cut: 0 };
  const judged = capped(merged, fits);
  return { window: judged, carry: null, cut: badOf(merged.new) - badOf(judged.new) };
}

function badOf(arm: ArmCounts | null): number {
  return arm?.bad ?? 0;
}

/**
 * Whether what is missing of the total may be on its way: it comes in batches of both arms, so not where the control, which the new
 * arm is held against, has enough of it and the new arm has some.
 */
function mayBeLate(
  { new: fresh, control }: MetricWindow,
  guard: Pick<Guard, 'kind' | 'source' | 'margin'>,
  fits: (arm: ArmCounts | null) => boolean,
): boolean {
  if (guard.source !== 'events') return false;
  const isSeen = hasTraffic(fresh) && hasTraffic(control);
  return !(isRelative(guard) && isSeen && fits(control));
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
