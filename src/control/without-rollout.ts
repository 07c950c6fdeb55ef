import { isOwnedRuleId } from '../domain/rollout/owned-rules.js';
import type { RouteTable, RouteTableEntry } from '../domain/route-table.js';
import { isSameJson } from '../domain/same-json.js';

type Entries = RouteTable['mesh'];

/**
 * The table that stands, less the entries of a rollout where `wanted` has none any more, all other requests going where
 * `wanted` sends them: so the end of a rollout needn't wait for endpoints that another edit of the route asks for. Null
 * where no rollout ended, or where the route's places, namespace or those versions changed, too.
 */
export function withoutRollout(standing: RouteTable, wanted: RouteTable): RouteTable | null {
  const hasEnded = ownsAny(standing) && !ownsAny(wanted);
  if (!hasEnded || standing.namespace !== wanted.namespace) return null;
  const [gateway, mesh] = [rest(standing.gateway, wanted.gateway), rest(standing.mesh, wanted.mesh)];
  if (gateway === undefined || mesh === undefined) return null;
  const left = [gateway?.at(-1), mesh?.at(-1)].flatMap((entry) => entry?.destinations ?? []);
  const isKnown = ({ version }: { readonly version: string }): boolean =>
    isSameJson(standing.versions[version], wanted.versions[version]);
  return left.every(isKnown) ? { ...standing, revision: wanted.revision, gateway, mesh } : null;
}

/** undefined where only one of the two has this place. */
function rest(standing: Entries, wanted: Entries): Entries | undefined {
  if (standing === null || wanted === null) return standing === wanted ? null : undefined;
  const isLast = ({ matches }: RouteTableEntry): boolean => matches.length === 0;
  const kept = standing.filter((entry) => !isOwned(entry) && !isLast(entry)).map(uncopied);
  return [...kept, ...wanted.filter(isLast)];
}

/** The end of a rollout ends its copies. */
function uncopied(entry: RouteTableEntry): RouteTableEntry {
  const { mirror: _, ...rest } = entry;
  return rest;
}

function ownsAny({ gateway, mesh }: RouteTable): boolean {
  return [...(gateway ?? []), ...(mesh ?? [])].some(isOwned);
}

function isOwned({ name }: RouteTableEntry): boolean {
  return isOwnedRuleId(name);
}
