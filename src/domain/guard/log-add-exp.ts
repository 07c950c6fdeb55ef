/** `ln(e^a + e^b)` without overflow; −∞ is nothing. */
export function logAddExp(a: number, b: number): number {
  const high = Math.max(a, b);
  return high === -Infinity ? high : high + Math.log1p(Math.exp(Math.min(a, b) - high));
}

/** `ln Σ w_i·e^(x_i)`; weights are not negative and count as 0 where absent. */
export function logWeightedSum(logs: readonly number[], weights: readonly number[]): number {
  return logs.reduce((sum, log, i) => logAddExp(sum, Math.log(weights[i] ?? 0) + log), -Infinity);
}
