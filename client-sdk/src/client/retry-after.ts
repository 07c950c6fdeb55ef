/** Longest pause (ms) that a server is believed: an absurd header must not silence a client for good. */
const LONGEST = 300_000;

/** A date as HTTP writes it: the fixed form and the two obsolete ones. */
const HTTP_DATE = /^[A-Z][a-z]{2,8},? [\dA-Z][\w :-]{10,24}(GMT|\d{4})$/;

/**
 * How long (ms, 0 to 300,000) a server asks to be left alone: `Retry-After` as whole seconds or as a date. A date is
 * taken against `date`, the server's own `Date`, so that wrong clocks don't matter, and against `now` (epoch ms) where
 * there is none. 0 for no header, a moment in the past, and anything else.
 */
export function retryAfter(header: string | undefined, date: string | undefined, now: number): number {
  if (header === undefined) return 0;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Math.min(LONGEST, Number(text) * 1_000);
  const until = dateOf(text);
  if (Number.isNaN(until)) return 0;
  const server = dateOf(date?.trim() ?? '');
  return Math.max(0, Math.min(LONGEST, until - (Number.isNaN(server) ? now : server)));
}

/** Epoch ms, or NaN. */
function dateOf(text: string): number {
  if (!HTTP_DATE.test(text)) return Number.NaN;
  // asctime's form names no zone, and means GMT all the same
  return Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
}
