import type { ArmCounts, MetricWindow } from '../../../domain/guard/reading.js';
import type { Increment } from './increments.js';
import { knownUntil, liveOf, type ScrapeTarget } from './scrape-target.js';

/** Increments of one arm; those without a `total` beside them count for nothing. */
export interface ArmIncrements {
  readonly bad: readonly Increment[];
  readonly total: readonly Increment[];
  readonly sum?: readonly Increment[];
  /** Per bound of a histogram, +Inf last: of what is up to it. */
  readonly buckets?: readonly (readonly Increment[])[];
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
  const live = new Set(liveOf(targets));
  const known = Math.min(...[...live].map(knownUntil));
  const fresh = new ArmSweep(arms.new, watermark);
  const control = new ArmSweep(arms.control, watermark);
  const windows: MetricWindow[] = [];
  const scraped = new Set<ScrapeTarget>();
  let from = watermark;
  for (const [to, at] of scrapesAfter(watermark, targets)) {
    if (to >= known) break;
    for (const target of at) if (live.has(target)) scraped.add(target);
    fresh.advance(to);
    control.advance(to);
    const hasBoth = fresh.hasTotal && control.hasTotal;
    if (!hasBoth && scraped.size < live.size) continue;
    if (fresh.hasTotal || control.hasTotal) {
      windows.push({ from, to, new: fresh.take(), control: control.take() });
    }
    from = to;
    scraped.clear();
  }
  return { windows, watermark: from };
}

/** Times after the watermark at which something was scraped, in order, each with what was. */
function scrapesAfter(
  watermark: number,
  targets: readonly ScrapeTarget[],
): (readonly [number, readonly ScrapeTarget[]])[] {
  const times = new Map<number, ScrapeTarget[]>();
  for (const target of targets) {
    for (const scrape of target.scrapes) {
      if (scrape <= watermark) continue;
      const at = times.get(scrape);
      if (at === undefined) times.set(scrape, [target]);
      else at.push(target);
    }
  }
  return [...times].sort(([a], [b]) => a - b);
}

/** Adds up one arm while time goes on. */
class ArmSweep {
  readonly #bad: Sweep;
  readonly #total: Sweep;
  readonly #sum: Sweep | null;
  readonly #upTo: readonly Sweep[] | null;

  constructor({ bad, total, sum, buckets }: ArmIncrements, watermark: number) {
    this.#bad = new Sweep(bad, watermark);
    this.#total = new Sweep(total, watermark);
    this.#sum = sum === undefined ? null : new Sweep(sum, watermark);
    this.#upTo = buckets?.map((bucket) => new Sweep(bucket, watermark)) ?? null;
  }

  advance(to: number): void {
    for (const sweep of [this.#bad, this.#total, this.#sum, ...(this.#upTo ?? [])]) sweep?.advance(to);
  }

  get hasTotal(): boolean {
    return this.#total.count > 0;
  }

  /** Counts since the last window; null where the total is missing: no data, which is not zero. */
  take(): ArmCounts | null {
    const hadTotal = this.hasTotal;
    const upTo = this.#upTo?.map((sweep) => sweep.take());
    const counts = {
      bad: this.#bad.take(),
      total: this.#total.take(),
      ...(this.#sum && { sum: this.#sum.take() }),
      ...(upTo && { buckets: upTo.map((count, i) => count - (upTo[i - 1] ?? 0)) }),
    };
    return hadTotal ? counts : null;
  }
}

class Sweep {
  readonly #increments: readonly Increment[];
  #next = 0;
  #sum = 0;
  count = 0;

  constructor(increments: readonly Increment[], watermark: number) {
    this.#increments = increments.filter(({ at }) => at > watermark).sort((a, b) => a.at - b.at);
  }

  advance(to: number): void {
    for (;;) {
      const increment = this.#increments[this.#next];
      if (increment === undefined || increment.at > to) return;
      this.#sum += increment.value;
      this.count += 1;
      this.#next += 1;
    }
  }

  take(): number {
    const sum = this.#sum;
    this.#sum = 0;
    this.count = 0;
    return sum;
  }
}
