const ANY_DIGIT = '\\d';

function digits(count: number): string {
  if (count === 0) return '';
  return count === 1 ? ANY_DIGIT : `${ANY_DIGIT}{${count}}`;
}

function digitClass(from: number, to: number): string {
  if (from === to) return String(from);
  return to === from + 1 ? `[${from}${to}]` : `[${from}-${to}]`;
}

/** Alternatives for the numbers from `low` to `high`, both included and of the same length. */
function alternatives(low: string, high: string): string[] {
  const rest = low.length - 1;
  const zeros = '0'.repeat(rest);
  const nines = '9'.repeat(rest);
  if (low === `0${zeros}` && high === `9${nines}`) return [digits(low.length)];
  if (low[0] === high[0]) return below(low[0], low.slice(1), high.slice(1));
  const lowIsWhole = low.slice(1) === zeros;
  const highIsWhole = high.slice(1) === nines;
  const from = Number(low[0]) + (lowIsWhole ? 0 : 1);
  const to = Number(high[0]) - (highIsWhole ? 0 : 1);
  return [
    ...(lowIsWhole ? [] : below(low[0], low.slice(1), nines)),
    ...(from > to ? [] : [digitClass(from, to) + digits(rest)]),
    ...(highIsWhole ? [] : below(high[0], zeros, high.slice(1))),
  ];
}

function below(first: string | undefined, low: string, high: string): string[] {
  if (low === '') return [first ?? ''];
  return alternatives(low, high).map((alternative) => `${first}${alternative}`);
}

/**
 * A regular expression (RE2 and JavaScript, no anchors, no group around it) for the four-digit numbers in [from, to):
 * `0\d{3}|1[0-4]\d{2}` for [0, 1500). At most seven alternatives. Needs 0 ≤ from < to ≤ 10000.
 */
export function rangeRegex(from: number, to: number): string {
  const pad = (value: number) => String(value).padStart(4, '0');
  return alternatives(pad(from), pad(to - 1)).join('|');
}
