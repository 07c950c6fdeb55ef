/** Inputs of the whole suite: a million with FUZZ=long, a sixteenth of that otherwise. */
const TOTAL = process.env['FUZZ'] === 'long' ? 1_000_000 : 62_500;

/** First number of every stream of random inputs; FUZZ_SEED repeats a run, or makes another one. */
export const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_126);

/** How many inputs a share (0 … 1) of the whole is. */
export function inputs(share: number): number {
  return Math.round(TOTAL * share);
}
