/**
 * Which of many e-values (not logs, current and not their running maxima) to report as worse, so that the expected share of
 * false ones among the reported is at most `alpha`: the k largest, for the largest k with `k·E_(k) ≥ K/alpha`. Indices, ascending.
 *
 * R. Wang, A. Ramdas, "False discovery rate control with e-values", JRSS B 84, 2022.
 */
export function falseDiscoveryReport(values: readonly number[], alpha: number): number[] {
  const ranked = values.map((value, index) => ({ value, index })).sort((a, b) => b.value - a.value);
  const last = ranked.findLastIndex(({ value }, rank) => (rank + 1) * value >= values.length / alpha);
  return ranked
    .slice(0, last + 1)
    .map(({ index }) => index)
    .sort((a, b) => a - b);
}
