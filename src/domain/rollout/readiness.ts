import { type Image, stateKey } from '../image.js';
import { tableRevision } from '../render/table-revision.js';
import type { Rollout } from '../rollout.js';
import type { RouteStatus } from '../route-status.js';

/** A status older than this says nothing any more, ms. */
const FRESH = 15_000;

/**
 * Why the route's last table can't be taken as applied, in words; null when it is: the status is at most 15 s old and
 * says that the mesh obeys the table of the route as it stands. A rollout without a route has nothing to wait for.
 */
export function tableTrouble(image: Image, rollout: Rollout, now: number): string | null {
  if (rollout.route === null) return null;
  const { key } = rollout.route;
  const route = image.documents.get('route', key);
  const status = image.states.get(stateKey.route(key))?.value as RouteStatus | undefined;
  if (route === undefined || status === undefined) return `Nothing is known of route ${key} in the mesh yet.`;
  if (now - status.checkedAt > FRESH) return `The status of route ${key} is older than 15 s.`;
  if (status.error !== null) return `Route ${key}: ${status.error.message}`;
  if (!isApplied(status, tableRevision(image.epoch, route, image.documents)))
    return `The last table of route ${key} isn't applied yet.`;
  return proxyTrouble(status, rollout.route);
}

function isApplied({ phase, observed, applied }: RouteStatus, table: string): boolean {
  return phase === 'applied' && observed && applied === table;
}

/** Why the proxies don't go by the table yet, or not by all of it. */
function proxyTrouble(
  { spared, confirmed }: RouteStatus,
  { key, new: arm, control }: NonNullable<Rollout['route']>,
): string | null {
  if (spared?.includes(arm))
    return `Version ${arm} has no ready endpoints, so its requests go to ${control}.`;
  const isAwaited = confirmed !== undefined && confirmed.by !== 'none' && confirmed.at === null;
  if (!isAwaited) return null;
  const { confirmed: heard, of } = confirmed.gateways;
  return `${heard} of ${of} gateways have confirmed the table of route ${key}.`;
}

/** As `tableTrouble`, and the new version must have ready endpoints. */
export function readyTrouble(image: Image, rollout: Rollout, now: number): string | null {
  const trouble = tableTrouble(image, rollout, now);
  if (trouble !== null || rollout.route === null) return trouble;
  const status = image.states.get(stateKey.route(rollout.route.key))?.value as RouteStatus;
  const ready = status.ready[rollout.route.new] ?? 0;
  return ready === 0 ? `Version ${rollout.route.new} has no ready endpoints.` : null;
}
