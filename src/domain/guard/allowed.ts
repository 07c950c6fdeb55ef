import type { Guard } from '../guard.js';
import { meanSchema } from '../guard-kind.js';

const USUAL_MEAN = meanSchema.parse({});

/** How many times the control's the new arm's may be. Kinds that compare are refused without a margin; without one none is given. */
export function allowedTimes({ margin }: Pick<Guard, 'margin'>): number {
  return margin ?? 1;
}

/**
 * The mean that the new arm may have beside the control's, in the metric's own unit: `m + (margin − 1)·|m|`. A margin of 1.2 forgives a
 * fifth of the control's size upwards, one of 0.9 a tenth downwards, on either side of 0.
 */
export function allowedMean(guard: Pick<Guard, 'margin'>, control: number): number {
  return control + (allowedTimes(guard) - 1) * Math.abs(control);
}

/** The settings of a mean, or those of one that gives none. */
export function meanSettings({ mean }: Pick<Guard, 'mean'>): NonNullable<Guard['mean']> {
  return mean ?? USUAL_MEAN;
}
