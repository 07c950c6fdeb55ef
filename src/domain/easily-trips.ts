import { countInWords } from './guard/words.js';
import { isCombined } from './guard-kind.js';
import type { Guard } from './guard.js';
import type { Warning } from './problem.js';

/** False trips in so many rollouts of good versions that somebody may mean: one in ten. */
const MOST_ALPHA = 0.1;

/** A guard that may trip in most rollouts of versions with nothing wrong: TRIPS_EASILY. Kinds without a stated rate don't go by alpha. */
export function easilyTrips({ key, kind, alpha }: Guard): Warning[] {
  if (!isCombined(kind) || alpha <= MOST_ALPHA) return [];
  const message = `With alpha ${alpha} guard "${key}" may trip in ${countInWords(alpha * 100)} of 100 rollouts with nothing wrong: lower alpha (0.01 is usual).`;
  return [{ code: 'TRIPS_EASILY', field: 'alpha', message }];
}
