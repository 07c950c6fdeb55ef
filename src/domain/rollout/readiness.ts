import { type Image, stateKey } from '../image.js';
import { tableRevision } from '../render/table-revision.js';
import type { Rollout, RolloutRoute } from '../rollout.js';
import type { RouteStatus } from '../route-status.js';

/** A status older than this says nothing any more, ms. */
const FRESH = 15_000;

/**
 * Why the last table of one of the routes can't be taken as applied, in words; null when all are: each status is at most
 * 15 s old and says that the mesh obeys the table of the route as it stands. Without routes there is nothing to wait for.
 */
export function tableTrouble(image: Image, { routes }: Rollout, now: number): string | null {
  return firstOf(routes, (moved) => routeTrouble(image, moved, now));
}

/** As `tableTrouble`, and the new version of each route must have ready endpoints. */
export function readyTrouble(image: Image, rollout: Rollout, now: number): string | null {
  return tableTrouble(image, rollout, now) ?? firstOf(rollout.routes, (route) => emptyTrouble(image, route));
}

function firstOf(
  routes: readonly RolloutRoute[],
  troubleOf: (route: RolloutRoute) => string | null,
): string | null {
  for (const route of routes) {
    const trouble = troubleOf(route);
    if (trouble !== null) return trouble;
  }
  return null;
}

function routeTrouble(image: Image, moved: RolloutRoute, now: number): string | null {
  const { key } = moved;
  const route = image.documents.get('route', key);
  const status = image.states.get(stateKey.route(key))?.value as RouteStatus | undefined;
  if (route === undefined || status === undefined) return `Nothing is known of route ${key} in the mesh yet.`;
  if (now - status.checkedAt > FRESH) return `The status of route ${key} is older than 15 s.`;
  if (status.error !== null) return `Route ${key}: ${status.error.message}`;
  if (!isApplied(status, tableRevision(image.epoch, route, image.documents)))
    return `The last table of route ${key} isn't applied yet.`;
  return proxyTrouble(status, moved);
}

function isApplied({ phase, observed, applied }: RouteStatus, table: string): boolean {
  return phase === 'applied' && observed && applied === table;
}

/** Why the proxies don't go by the table yet, or not by all of it. */
function proxyTrouble(
  { spared, confirmed }: RouteStatus,
  { key, new: arm, control }: RolloutRoute,
): string | null {
  if (spared?.includes(arm))
    return `Version ${arm} of route ${key} has no ready endpoints, so its requests go to ${control}.`;
  const isAwaited = confirmed !== undefined && confirmed.by !== 'none' && confirmed.at === null;
  if (!isAwaited) return null;
  const { confirmed: heard, of } = confirmed.gateways;
  return `${heard} of ${of} gateways have confirmed the table of route ${key}.`;
}

function emptyTrouble({ states }: Image, { key, new: fresh }: RolloutRoute): string | null {
  const status = states.get(stateKey.route(key))?.value as RouteStatus | undefined;
  const ready = status?.ready[fresh] ?? 0;
  return ready === 0 ? `Version ${fresh} of route ${key} has no ready endpoints.` : null;
}
