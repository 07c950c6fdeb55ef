/** Logs beyond this decide nothing and would overflow. */
export const LOG_LIMIT = 700;

/** A log within what can be kept and raised to a power. */
export function withinLimit(log: number): number {
  return Math.min(LOG_LIMIT, Math.max(-LOG_LIMIT, log));
}

/** `ln(e^a + e^b)` without overflow; −∞ is nothing. */
export function logAddExp(a: number, b: number): number {
  const high = Math.max(a, b);
  return high === -Infinity ? high : high + Math.log1p(Math.exp(Math.min(a, b) - high));
}

/** `ln Σ w_i·e^(x_i)`; weights are not negative and count as 0 where absent. */
export function logWeightedSum(logs: readonly number[], weights: readonly number[]): number {
  let high = -Infinity;
  for (const log of logs) if (log > high) high = log;
  if (high === -Infinity) return high;
  let sum = 0;
  for (let i = 0; i < logs.length; i++) sum += (weights[i] ?? 0) * Math.exp((logs[i] ?? high) - high);
  return high + Math.log(sum);
}
