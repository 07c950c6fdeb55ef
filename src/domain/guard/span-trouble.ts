import type { Guard } from '../guard.js';
import type { Trouble } from './trouble.js';
import { secondsInWords } from './words.js';

/** Scrapes come late at times: a span may be shorter than what its source counts in by this share. */
const LATE = 0.1;

/**
 * What is wrong with the spans that a guard looks at, where its source counts in longer ones: most of them would hold nothing, and
 * some what happened long before. SPAN_TOO_SHORT; null where they are long enough, or nothing tells yet how long windows are (ms).
 */
export function spanTrouble(guard: Guard, windowLength: number | null): Trouble | null {
  if (windowLength === null) return null;
  const short = spansOf(guard).find(({ seconds }) => seconds * 1_000 * (1 + LATE) < windowLength);
  if (short === undefined) return null;
  const words = `${short.field} of ${short.seconds} s is shorter than what its source counts in, ${secondsInWords(windowLength)}: make it longer, or scrape or push more often`;
  return { code: 'SPAN_TOO_SHORT', words };
}

function spansOf({ kind, burn, topline }: Guard): { readonly field: string; readonly seconds: number }[] {
  if (kind === 'burn')
    return (burn?.pairs ?? []).map(({ short }) => ({ field: 'burn.short', seconds: short }));
  if (kind === 'topline' && topline !== null) return [{ field: 'topline.within', seconds: topline.within }];
  return [];
}
