import { logGamma } from './log-gamma.js';

/** Weight of the configured shares in the prior, in units. */
const CONCENTRATION = 100;

/**
 * Log evidence that units were not assigned by the configured `shares` (they sum to 1), from how many were counted in each arm:
 * `lnΓ(k) − lnΓ(k+n) + Σ [lnΓ(kθ+x) − lnΓ(kθ) − x·lnθ]`. Null: each unit falls into an arm by its share, independently; so count
 * distinct units, never requests. After a change of shares, add the logs of both spans. Untrustworthy from ln 1000 on.
 *
 * M. Lindon, A. Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022.
 */
export function sampleRatioLogE(
  counts: readonly number[],
  shares: readonly number[],
  concentration = CONCENTRATION,
): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce(
    (sum, count, arm) => {
      const prior = concentration * (shares[arm] ?? 0);
      if (prior === 0) return count === 0 ? sum : Infinity;
      return sum + logGamma(prior + count) - logGamma(prior) - count * Math.log(prior / concentration);
    },
    logGamma(concentration) - logGamma(concentration + total),
  );
}
