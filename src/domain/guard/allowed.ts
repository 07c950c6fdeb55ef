import type { Guard } from '../guard.js';
import { meanSchema } from '../guard-kind.js';

const USUAL_MEAN = meanSchema.parse({});

/** How many times the control's the new arm's may be. Kinds that compare are refused without a margin; without one none is given. */
export function allowedTimes({ margin }: Pick<Guard, 'margin'>): number {
  return margin ?? 1;
}

/** The settings of a mean, or those of one that gives none. */
export function meanSettings({ mean }: Pick<Guard, 'mean'>): NonNullable<Guard['mean']> {
  return mean ?? USUAL_MEAN;
}
