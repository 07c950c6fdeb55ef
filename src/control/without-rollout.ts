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
  const audiences = audiencesLeft(standing, wanted);
  if (gateway === undefined || mesh === undefined || audiences === null) return null;
  const ends = [gateway, mesh, ...(audiences ?? []).map(({ entries }) => entries)];
  const left = ends.flatMap((entries) => entries?.at(-1)?.destinations ?? []);
  const isKnown = ({ version }: { readonly version: string }): boolean =>
    isSameJson(standing.versions[version], wanted.versions[version]);
  const places = { gateway, mesh, ...(audiences && { audiences }) };
  return left.every(isKnown) ? { ...standing, revision: wanted.revision, ...places } : null;
}

/** Null where the two don't tell the same audiences apart. */
function audiencesLeft(standing: RouteTable, wanted: RouteTable): RouteTable['audiences'] | null {
  const names = ({ audiences }: RouteTable) => audiences?.map(({ segment }) => segment);
  if (!isSameJson(names(standing), names(wanted))) return null;
  return standing.audiences?.map((one, index) => ({
    ...one,
    entries: rest(one.entries, wanted.audiences?.[index]?.entries ?? null) ?? [],
  }));
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

function ownsAny({ gateway, mesh, audiences = [] }: RouteTable): boolean {
  const told = audiences.flatMap(({ entries }) => entries);
  return [...(gateway ?? []), ...(mesh ?? []), ...told].some(isOwned);
}

function isOwned({ name }: RouteTableEntry): boolean {
  return isOwnedRuleId(name);
}
