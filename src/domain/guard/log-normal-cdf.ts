/** So far from 0 a tail is a continued fraction: a sum of large terms would cancel, and overflow in the end. */
const TAIL = 3;
const TERMS = 200;
const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** `ln Φ(x)` of the standard normal distribution, also where Φ itself underflows (NIST DLMF 7.9.1 and 7.6.2). */
export function logNormalCdf(x: number): number {
  if (x < -TAIL) return logTail(-x);
  if (x > TAIL) return Math.log1p(-Math.exp(logTail(x)));
  const body = Math.exp(logDensity(x)) * oddSeries(x);
  return x > 0 ? Math.log1p(body - 0.5) : Math.log(0.5 + body);
}

/** ln Φ(−x), for a large x. */
function logTail(x: number): number {
  return logDensity(x) - Math.log(tailFraction(x));
}

function logDensity(x: number): number {
  return -0.5 * x * x - HALF_LOG_TWO_PI;
}

/** x + 1/(x + 2/(x + 3/(x + …))). */
function tailFraction(x: number): number {
  let fraction = x;
  for (let k = TERMS; k > 0; k--) fraction = x + k / fraction;
  return fraction;
}

/** Σ x^(2k+1) / (1·3·5…(2k+1)). */
function oddSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); k++) {
    term *= (x * x) / (2 * k + 1);
    sum += term;
  }
  return sum;
}
