import { type ScrapeTarget, silence } from './scrape-target.js';

/** A span of time, epoch ms. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * For how long within a span nobody was heard though somebody was before and after, ms: what counters rose by then is judged by
 * nobody. A target that was heard last is waited for until its next scrape is due; one that never comes back was not silent.
 */
export function unheardFor(targets: readonly ScrapeTarget[], span: Span): number {
  const away = targets.flatMap((target) => between(target).filter((one) => isSilence(one, target)));
  if (away.length === 0) return 0;
  const heard = targets.flatMap((target) => [
    ...between(target).filter((one) => !isSilence(one, target)),
    { from: target.newest, to: target.newest + target.interval },
  ]);
  return lengthOf([...away, ...heard], span) - lengthOf(heard, span);
}

/** The spans between one scrape of a target and its next. */
function between({ scrapes }: ScrapeTarget): Span[] {
  return scrapes.slice(1).map((to, i) => ({ from: scrapes[i] ?? to, to }));
}

function isSilence({ from, to }: Span, target: ScrapeTarget): boolean {
  return to - from > silence(target);
}

/** How much of a span others cover together. */
function lengthOf(others: readonly Span[], span: Span): number {
  let covered = 0;
  let until = span.from;
  for (const { from, to } of others.toSorted((a, b) => a.from - b.from)) {
    const [begin, end] = [Math.max(from, until), Math.min(to, span.to)];
    if (end <= begin) continue;
    covered += end - begin;
    until = end;
  }
  return covered;
}
