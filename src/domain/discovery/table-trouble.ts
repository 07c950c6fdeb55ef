import type { Image } from '../image.js';
import { tableTrouble } from '../rollout/readiness.js';
import { rolloutSchema } from '../rollout.js';
import type { Look } from './look.js';
import type { Retirement } from './record.js';

/** Why it is not certain that the mesh obeys the route as it stands, in words; null when it is. */
export function retirementTrouble(
  image: Image,
  { route, now }: Look,
  { version }: Retirement,
): string | null {
  const moved = { key: route.key, new: route.default, control: version };
  const asRollout = rolloutSchema.parse({
    key: 'end',
    routes: [moved],
    steps: [{ weight: 1, hold: 0 }],
    salt: 'end',
  });
  return tableTrouble(image, asRollout, now);
}
