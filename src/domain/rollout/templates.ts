import { FLAG_WEIGHT_TOTAL } from '@tidegate/sdk/engine';
import type { RolloutStep } from '../rollout.js';
import type { Preview } from './preview.js';

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** Steps of *employees first*: the segment for a day, 1 %, 5 % and 25 % for an hour each, then everybody with a day of bake. */
export function employeesFirst(audience: string): RolloutStep[] {
  return [
    { audience, hold: DAY },
    { weight: 1_000, hold: HOUR },
    { weight: 5_000, hold: HOUR },
    { weight: 25_000, hold: HOUR },
    { weight: FLAG_WEIGHT_TOTAL, hold: DAY },
  ];
}

/** Steps of *dogfood*: the segment until somebody promotes, then everybody with a day of bake. */
export function dogfood(audience: string): RolloutStep[] {
  return [
    { audience, hold: null },
    { weight: FLAG_WEIGHT_TOTAL, hold: DAY },
  ];
}

/**
 * Steps of *blue/green*: the preview until somebody promotes, or without one a mirror of 10 % for an hour; then everybody
 * at once, the old version kept for a day, so that an abort or a trip returns all of them at once.
 */
export function blueGreen(preview: Preview | null): RolloutStep[] {
  return [
    preview === null ? { mirror: 10, hold: HOUR } : { preview, hold: null },
    { weight: FLAG_WEIGHT_TOTAL, hold: DAY },
  ];
}
