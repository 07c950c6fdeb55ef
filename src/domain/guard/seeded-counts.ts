/** Numbers in [0, 1), the same for the same seed: mulberry32, of T. Ettinger; small, and good enough to count trips. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** From here on a count is as good as normal. */
const MANY = 50;

/** How many independent events come where `mean` are expected: Poisson, by Knuth's product of draws, or normal where it is large. */
export function countFor(mean: number, random: () => number): number {
  if (mean > MANY) {
    const z = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.round(mean + z * Math.sqrt(mean)));
  }
  const least = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > least; product *= random()) count += 1;
  return count;
}
