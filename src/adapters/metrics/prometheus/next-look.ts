/** A scrape is there to be read so long after its time, ms: it has to be answered and stored. */
const SCRAPE_TAKES = 150;
/** Looks are no closer than this, ms. */
const LEAST = 100;

/**
 * When to look again, ms after `now`: as soon as the last scrape that is expected within `longest` can be read; with many exporters,
 * which are scraped at any time, that is hardly sooner than `longest`. Where none is, but one should have come in the last
 * `longest`, soon. `expected`: times of scrapes to come, epoch ms.
 */
export function nextLook(expected: Iterable<number>, now: number, longest: number): number {
  let wait = LEAST;
  let isOverdue = false;
  for (const scrape of expected) {
    const after = scrape + SCRAPE_TAKES - now;
    if (after <= longest && after > wait) wait = after;
    if (after <= LEAST && after > -longest) isOverdue = true;
  }
  return wait > LEAST || isOverdue ? wait : longest;
}
