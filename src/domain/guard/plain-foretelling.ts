import type { Guard } from '../guard.js';
import { playedSeconds } from './played-time.js';
import type { Usual } from './usual.js';

/** Checks of k of n that are waited for, in rounds of n. */
const ROUNDS = 6;

/**
 * In how many seconds half of all regressions by `times` are found by a guard that goes by a rule of thumb; of kind `topline` both arms
 * are that much worse. Such rules have no formula: they are played. Null: not within twice the longest span (`burn`), `within` (`topline`),
 * or six rounds of checks.
 */
export function plainSeconds(guard: Guard, usual: Usual, share: number, times: number): number | null {
  const { perSecond, badShare, windowSeconds } = usual;
  if (badShare === null) return null;
  const newTotal = perSecond * share;
  const worse = Math.min(1, badShare * times);
  const traffic = {
    newTotal,
    newShare: worse,
    controlTotal: perSecond - newTotal,
    controlShare: guard.kind === 'topline' ? worse : badShare,
  };
  return playedSeconds(guard, traffic, { windowSeconds, horizon: horizonOf(guard, newTotal, windowSeconds) });
}

/** Seconds. */
function horizonOf({ kOfN, burn, topline }: Guard, newTotal: number, windowSeconds: number): number {
  if (kOfN !== null) return ROUNDS * kOfN.of * Math.max(windowSeconds, kOfN.minTotal / newTotal);
  if (burn !== null) return 2 * Math.max(...burn.pairs.map(({ long }) => long));
  return topline?.within ?? 0;
}
