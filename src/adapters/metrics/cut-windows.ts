import { grouped } from '../../domain/grouped.js';
import type { MetricWindow } from '../../domain/guard/reading.js';
import { type CutArms, CutSweep } from './cut-sweep.js';
import { knownUntil, liveOf, type ScrapeTarget } from './scrape-target.js';

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
export function cutWindows(watermark: number, targets: readonly ScrapeTarget[], arms: CutArms): Cut {
  const live = new Set(liveOf(targets));
  const known = Math.min(...[...live].map(knownUntil));
  const sweep = new CutSweep(arms, watermark);
  const windows: MetricWindow[] = [];
  const scraped = new Set<ScrapeTarget>();
  let from = watermark;
  for (const [to, at] of scrapesAfter(watermark, targets)) {
    if (to >= known) break;
    for (const { target } of at) if (live.has(target)) scraped.add(target);
    sweep.advance(to);
    if (!sweep.hasBoth && scraped.size < live.size) continue;
    const window = sweep.take(from, to);
    if (window !== null) windows.push(window);
    from = to;
    scraped.clear();
  }
  return { windows, watermark: from };
}

/** Times after the watermark at which something was scraped, in order, each with what was. */
function scrapesAfter(
  watermark: number,
  targets: readonly ScrapeTarget[],
): (readonly [number, readonly { readonly target: ScrapeTarget }[]])[] {
  const scrapes = targets.flatMap((target) =>
    target.scrapes.filter((at) => at > watermark).map((at) => ({ at, target })),
  );
  return [...grouped(scrapes, ({ at }) => at)].sort(([a], [b]) => a - b);
}
