import { easilyTrips } from './easily-trips.js';
import { isRelative } from './guard-kind.js';
import { hardlyTrips } from './hardly-trips.js';
import { LEAST_WINDOWS } from './guard/kinds/mean.js';
import type { Guard } from './guard.js';
import type { Warning } from './problem.js';
import { hasControl } from './rollout/go.js';
import type { Rollout } from './rollout.js';
import type { SourceSetup } from './source-setup.js';
import { sourceWarnings } from './source-warnings.js';

/** Length of a window, s: of events, and the least that a scrape can have. */
const EVENTS_WINDOW = 5;
const LEAST_WINDOW = 1;

/** What of a guard's settings can't work, or not here; `setup` undefined: nobody can tell. */
export function settingWarnings(guard: Guard | undefined, setup: SourceSetup | undefined): Warning[] {
  if (guard === undefined) return [];
  return [
    ...sourceWarnings(guard, setup),
    ...neverTrips(guard),
    ...hardlyTrips(guard),
    ...easilyTrips(guard),
  ];
}

/** Where everything is bad the budget is spent 1 / (1 − slo) times as fast as allowed, and never faster. */
function neverTrips({ burn, topline }: Guard): Warning[] {
  const found: Warning[] = [];
  const check = (field: string, slo: number, rate: number): void => {
    const most = 1 / (1 - slo);
    if (rate <= most) return;
    const message = `With an slo of ${slo} the budget is spent at most ${Number(most.toPrecision(3))} times as fast as allowed, so a rate of ${rate} is never reached: lower it.`;
    found.push({ code: 'NEVER_TRIPS', field, message });
  };
  if (burn !== null)
    for (const [i, { rate }] of burn.pairs.entries()) check(`burn.pairs.${i}.rate`, burn.slo, rate);
  if (topline !== null) check('topline.rate', topline.slo, topline.rate);
  return found;
}

/** Steps that are held for less than this guard needs to say anything. */
export function shortSteps(rollout: Rollout, guard: Guard): Warning[] {
  const { seconds, why } = leastTime(guard);
  return rollout.steps.flatMap(({ hold }, index) => {
    const isSilent = isRelative(guard) && !hasControl(rollout, index);
    if (hold === null || hold >= seconds || isSilent) return [];
    const message = `This step is held for ${hold} s, and guard "${guard.key}" needs at least ${seconds} s ${why}.`;
    return [{ code: 'STEP_TOO_SHORT' as const, field: `steps.${index}.hold`, message }];
  });
}

/** Seconds below which a guard knows nothing of a step, whatever the traffic. */
function leastTime({ kind, source, events, kOfN, burn }: Guard): {
  readonly seconds: number;
  readonly why: string;
} {
  const window = source === 'events' ? EVENTS_WINDOW : LEAST_WINDOW;
  if (events?.within !== undefined)
    return { seconds: events.within + window, why: 'until the first users had their time' };
  if (kind === 'mean') return { seconds: LEAST_WINDOWS * window, why: `for ${LEAST_WINDOWS} windows` };
  if (kOfN !== null) return { seconds: kOfN.k * window, why: `for ${kOfN.k} checks` };
  if (burn !== null)
    return { seconds: Math.min(...burn.pairs.map(({ short }) => short)), why: 'to see its shortest span' };
  return { seconds: window, why: 'for one window' };
}
