import type { ArmCounts, MetricWindow } from '../../../domain/guard/reading.js';
import type { Increment } from './increments.js';
import { hasDelivered, liveOf, type ScrapeTarget } from './scrape-target.js';

/** Increments of one arm; those of `bad` without a `total` beside them count for nothing. */
export interface ArmIncrements {
  readonly bad: readonly Increment[];
  readonly total: readonly Increment[];
}

export interface Cut {
  readonly windows: readonly MetricWindow[];
  readonly watermark: number;
}

/**
 * Cuts increments into windows after a watermark. A window ends at a scrape up to which every live target has delivered
 * or isn't due yet; a silent target is left out, what it said up to then counts. It ends as soon as both arms have a
 * total in it, at the latest when each live target was scraped in it once; without any total there is no window. An
 * increment belongs to the window in which its scrape lies, so that it counts once whoever reads, whenever.
 */
export function cutWindows(
  watermark: number,
  targets: readonly ScrapeTarget[],
  arms: { readonly new: ArmIncrements; readonly control: ArmIncrements },
): Cut {
  const live = liveOf(targets);
  const ends = new Set(targets.flatMap(({ scrapes }) => scrapes.filter((scrape) => scrape > watermark)));
  const windows: MetricWindow[] = [];
  let from = watermark;
  for (const to of [...ends].sort((a, b) => a - b)) {
    if (!live.every((target) => hasDelivered(target, to))) break;
    const counts = { new: countsIn(arms.new, from, to), control: countsIn(arms.control, from, to) };
    const hasBoth = counts.new !== null && counts.control !== null;
    const isRound = live.every(({ scrapes }) => scrapes.some((scrape) => scrape > from && scrape <= to));
    if (!hasBoth && !isRound) continue;
    if (counts.new !== null || counts.control !== null) windows.push({ from, to, ...counts });
    from = to;
  }
  return { windows, watermark: from };
}

/** null where the total is missing: no data, which is not zero. Failures missing beside it are none. */
function countsIn({ bad, total }: ArmIncrements, from: number, to: number): ArmCounts | null {
  const within = (increments: readonly Increment[]): Increment[] =>
    increments.filter(({ at }) => at > from && at <= to);
  const totals = within(total);
  return totals.length === 0 ? null : { bad: sum(within(bad)), total: sum(totals) };
}

function sum(increments: readonly Increment[]): number {
  return increments.reduce((all, { value }) => all + value, 0);
}
