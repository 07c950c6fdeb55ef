/** How far a query reaches back before the windows it is for, ms: enough to tell a scrape interval of a minute. */
export const BEFORE = 4 * 60_000;
/** Where it matters less that exporters are scraped at different intervals: at first, and how many windows once one is known. */
const SHORTLY = { first: 60_000, least: 30_000, windows: 6 } as const;

/** What is read of a past at a time, ms. */
const MOST = 30 * 60_000;
const LEAST = 60_000;
/**
 * Samples that are read at a time, where that is not less than the least: some 10 ms of work where it is read unasked for, and some
 * 50 ms where it reaches back further, most of which would be read again and again otherwise.
 */
const SAMPLES = { shortly: 4_000, far: 20_000 } as const;

/** How much of a past to read at a time, so that those who wait meanwhile do so for milliseconds. */
export class ChunkSize {
  #chunk = LEAST;
  #most = MOST;
  #before: number;

  /** `shortly`: whether a query may reach back no further than its windows need. */
  constructor(private readonly shortly: boolean) {
    this.#before = shortly ? SHORTLY.first : BEFORE;
  }

  /** What to read at a time, ms. */
  get chunk(): number {
    return this.#chunk;
  }

  /** How far to reach back before that, ms. */
  get before(): number {
    return this.#before;
  }

  /** Half as much, and no more from then on, for an answer that was too large; false where it is the least already. */
  halve(): boolean {
    if (this.#chunk <= LEAST) return false;
    this.#most = Math.max(LEAST, this.#chunk / 2);
    this.#chunk = this.#most;
    return true;
  }

  /** After an answer with so many samples over `span` ms; `windowLength`: ms, null = there was no window. Grows to twice as much at a time. */
  fit(
    { samples, span }: { readonly samples: number; readonly span: number },
    windowLength: number | null,
  ): void {
    if (this.shortly) this.#before = this.#reach(windowLength);
    const most = this.shortly ? SAMPLES.shortly : SAMPLES.far;
    const room = (most * span) / Math.max(1, samples) - this.#before;
    // Less than twice as long as it reaches back, and most of the work would be done twice.
    const least = this.shortly ? Math.max(LEAST, 2 * this.#before) : BEFORE;
    this.#chunk = Math.min(this.#most, 2 * this.#chunk, Math.max(least, room));
  }

  #reach(windowLength: number | null): number {
    if (windowLength === null) return Math.min(BEFORE, 2 * this.#before);
    return Math.min(BEFORE, Math.max(SHORTLY.least, SHORTLY.windows * windowLength));
  }
}
