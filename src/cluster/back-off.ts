/** Bounds of the waits after failures, ms. */
export interface BackOffBounds {
  readonly first: number;
  readonly longest: number;
}

/**
 * How long to wait after so many failures in a row (1 …): `first`, twice that, … `longest`, each less up to half of it,
 * so that many who failed at one moment don't come back at one moment. `random` is in [0, 1). In ms.
 */
export function backOff(failures: number, { first, longest }: BackOffBounds, random: number): number {
  const whole = Math.min(longest, first * 2 ** Math.min(failures - 1, 30));
  return whole * (1 - random / 2);
}
