/** Upper bounds of the buckets in which tracked values are counted: powers of √2 from 1/16 to 2^28, and one bucket above. */
export const VALUE_BOUNDS: readonly number[] = Array.from({ length: 65 }, (_, index) => 2 ** (index / 2 - 4));

/** The bucket of a value: the first whose bound it does not exceed; `VALUE_BOUNDS.length` above all. */
export function valueBucket(value: number): number {
  if (value <= (VALUE_BOUNDS[0] as number)) return 0;
  // The logarithm may be off by the last digit at a bound.
  let bucket = Math.min(VALUE_BOUNDS.length, Math.max(0, Math.floor((Math.log2(value) + 4) * 2) - 1));
  while (bucket < VALUE_BOUNDS.length && value > (VALUE_BOUNDS[bucket] as number)) bucket += 1;
  return bucket;
}
