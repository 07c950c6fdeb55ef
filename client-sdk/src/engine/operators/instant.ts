const DATE = '\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])';
const TIME = '(?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:\\.\\d+)?)?';
const INSTANT = new RegExp(`^${DATE}(?:T${TIME}(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d))?$`);
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function pair(text: string, index: number): number {
  return (text.charCodeAt(index) - 48) * 10 + text.charCodeAt(index + 1) - 48;
}

/** Engines disagree about dates such as 30 February; here none of them is a date. */
function isInCalendar(text: string): boolean {
  const month = pair(text, 5);
  const day = pair(text, 8);
  if (month !== 2 || day < 29) return day <= (DAYS[month - 1] ?? 0);
  const year = pair(text, 0) * 100 + pair(text, 2);
  return day === 29 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/**
 * Milliseconds since the epoch of an ISO 8601 date (`2026-03-01`, midnight UTC) or date-time with `Z` or an offset, of a
 * number of milliseconds, or of a Date. NaN for anything else: a date-time without an offset would mean another instant
 * on every machine.
 */
export function instantOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string')
    return INSTANT.test(value) && isInCalendar(value) ? Date.parse(value) : Number.NaN;
  return value instanceof Date ? value.getTime() : Number.NaN;
}
