/** From here on Stirling's series is exact to the last bits of a double. */
const LARGE = 12;
/** B_2k / (2k(2k−1)) of Stirling's series. */
const COEFFICIENTS = [1 / 12, -1 / 360, 1 / 1_260, -1 / 1_680, 1 / 1_188, -691 / 360_360, 1 / 156] as const;
const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** `ln Γ(x)` for x > 0, by Stirling's series above 12 and Γ(x+1) = x·Γ(x) below (NIST DLMF 5.11.1, 5.5.1). */
export function logGamma(x: number): number {
  let shifted = x;
  let product = 1;
  for (; shifted < LARGE; shifted++) product *= shifted;
  const inverse = 1 / shifted;
  const square = inverse * inverse;
  const series = COEFFICIENTS.reduceRight((sum, coefficient) => sum * square + coefficient, 0) * inverse;
  return (shifted - 0.5) * Math.log(shifted) - shifted + HALF_LOG_TWO_PI + series - Math.log(product);
}

/** `ln B(a, b)` for a, b > 0. */
export function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}
