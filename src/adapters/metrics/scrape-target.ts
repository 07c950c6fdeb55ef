/** What was scraped or pushed together: one exporter. */
export interface ScrapeTarget {
  /** Times of its scrapes that are in the answer, epoch ms, oldest first; never empty. */
  readonly scrapes: readonly number[];
  readonly newest: number;
  /** Its scrape interval, ms. */
  readonly interval: number;
}

/** A scrape may come later than it should, by this part of its interval and this much. */
const LATE_SHARE = 0.25;
const LATE_AT_MOST = 500;

/**
 * The targets that delivered at some times (epoch ms), by name. The interval of each is the usual distance of its scrapes; for one
 * scraped only twice that may be a silence, so it is at most what is usual among all. Empty while no target has been
 * scraped twice, so that nothing is known of time yet.
 */
export function targetsAt(scrapes: ReadonlyMap<string, ReadonlySet<number>>): Map<string, ScrapeTarget> {
  const sorted = [...scrapes]
    .filter(([, times]) => times.size > 0)
    .map(([name, times]) => ({ name, times: [...times].sort((a, b) => a - b) }));
  const usual = median(sorted.flatMap(({ times }) => spacings(times)));
  if (usual === undefined) return new Map();
  return new Map(
    sorted.map(({ name, times }) => {
      const own = median(spacings(times)) ?? usual;
      const interval = times.length > 2 ? own : Math.min(own, usual);
      return [name, { scrapes: times, newest: times.at(-1) ?? 0, interval }];
    }),
  );
}

/** Those that delivered within two scrape intervals before the newest scrape of all. */
export function liveOf(targets: readonly ScrapeTarget[]): ScrapeTarget[] {
  const newest = Math.max(...targets.map((target) => target.newest));
  return targets.filter((target) => newest - target.newest <= silence(target));
}

/** A target that was not scraped for longer than this was silent, ms: two intervals, and what a scrape may be late. */
export function silence(target: ScrapeTarget): number {
  return 2 * target.interval + lateness(target);
}

/** All that a target has to say of the time before this is known: its next scrape isn't due earlier. */
export function knownUntil(target: ScrapeTarget): number {
  return target.newest + target.interval - lateness(target);
}

/** Whether a target was being scraped already where an answer begins (epoch ms), so that there was something before. */
export function wasScrapedBy({ scrapes, interval }: ScrapeTarget, begins: number): boolean {
  return (scrapes[0] ?? Infinity) <= begins + 2 * interval;
}

function lateness({ interval }: ScrapeTarget): number {
  return Math.min(LATE_SHARE * interval, LATE_AT_MOST);
}

function spacings(times: readonly number[]): number[] {
  return times.slice(1).map((time, i) => time - (times[i] ?? time));
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}
