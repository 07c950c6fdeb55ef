import { z } from 'zod';

/** Of how many requests a version gets copies: 0.01 to 100 percent, in steps of 0.01, as fine as shares are. */
export const mirrorPercentSchema = z
  .number()
  .min(0.01)
  .max(100)
  .refine(isHundredths, 'must be a multiple of 0.01');

/** Of the number as it is written: 0.29 is one, though 0.29 × 100 is not quite 29. */
function isHundredths(percent: number): boolean {
  return Number(percent.toFixed(2)) === percent;
}
