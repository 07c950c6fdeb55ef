const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 });

/** Betting odds against "nothing is wrong", in two significant digits; beyond a million the figure means nothing. */
export function oddsInWords(logE: number | null): string {
  const value = Math.exp(logE ?? -Infinity);
  if (value > 1_000_000) return 'over 1,000,000:1';
  return `${grouped(Number(value.toPrecision(2)))}:1`;
}

export function percentInWords(share: number): string {
  const value = share * 100;
  return `${value >= 1 ? value.toFixed(1).replace(/\.0$/, '') : Number(value.toPrecision(2))} %`;
}

export function countInWords(count: number): string {
  return grouped(Number(count.toFixed(1)));
}

export function secondsInWords(ms: number): string {
  return `${grouped(Math.round(ms / 1_000))} s`;
}

function grouped(value: number): string {
  return GROUPED.format(value);
}
