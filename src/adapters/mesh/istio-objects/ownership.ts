import { Problem } from '../../../domain/problem.js';
import type { RouteTable } from '../../../domain/route-table.js';
import type { RouteOwner } from '../../../ports/mesh.js';
import { ADOPT_ANNOTATION, nameOf, OWNER_ANNOTATION, REVISION_ANNOTATION } from './mesh-object.js';
import type { MeshObject } from './mesh-object.js';

/** Whose object it is, `<environment>/<route>`, or null for an object that isn't ours. */
export function ownerNameOf(object: MeshObject): string | null {
  return object.metadata.annotations?.[OWNER_ANNOTATION] ?? null;
}

/** Token of the table that an object was made from, or null where it doesn't say. */
export function revisionOf(object: MeshObject): string | null {
  return object.metadata.annotations?.[REVISION_ANNOTATION] ?? null;
}

export function ownerName({ environment, route }: Pick<RouteOwner, 'environment' | 'route'>): string {
  return `${environment}/${route}`;
}

/** The owners of `objects`, each once; objects of others are passed over. */
export function ownersOf(objects: readonly MeshObject[]): readonly RouteOwner[] {
  const found = new Map<string, RouteOwner>();
  for (const object of objects) {
    const [environment, route, more] = ownerNameOf(object)?.split('/') ?? [];
    if (!environment || !route || more !== undefined) continue;
    const { namespace } = object.metadata;
    found.set(`${environment}/${route}/${namespace}`, { environment, route, namespace });
  }
  return [...found.values()];
}

/** Whether a person's annotation gives this object, that isn't ours, to the route. */
export function isOfferedTo(object: MeshObject, route: Pick<RouteOwner, 'environment' | 'route'>): boolean {
  return ownerNameOf(object) === null && object.metadata.annotations?.[ADOPT_ANNOTATION] === ownerName(route);
}

/**
 * HOST_TAKEN where an object stands under a name of ours and isn't this route's. `hint`: what would have it taken over, as
 * the end of a sentence; without it nothing would.
 */
export function requireOwned(
  standing: MeshObject,
  table: RouteTable,
  hint: (object: MeshObject, table: RouteTable) => string | null = () => null,
): void {
  const owner = ownerNameOf(standing);
  if (owner === ownerName(table) || isOfferedTo(standing, table)) return;
  // What another route owns is given to nobody by an annotation.
  const adopting = owner === null ? hint(standing, table) : null;
  throw new Problem(
    'HOST_TAKEN',
    `${nameOf(standing)} stands where route ${table.route} would be written, and belongs to ` +
      `${owner ?? 'somebody else'}. Remove or rename it${adopting ? ', ' : ' or '}give the route another key` +
      `${adopting ? `, or ${adopting}` : ''}.`,
  );
}

function parse(token: string | null): { epoch: string; revision: number } | null {
  const dot = token?.lastIndexOf('.') ?? -1;
  if (!token || dot < 0) return null;
  return { epoch: token.slice(0, dot), revision: Number(token.slice(dot + 1)) };
}

/** STALE_REVISION where a newer table of the same epoch stands. */
export function requireNotNewer(standing: MeshObject, table: RouteTable): void {
  const theirs = parse(revisionOf(standing));
  const ours = parse(table.revision);
  if (!theirs || !ours || theirs.epoch !== ours.epoch || theirs.revision <= ours.revision) return;
  throw new Problem(
    'STALE_REVISION',
    `${nameOf(standing)} was written from revision ${theirs.revision}, which is newer than ${ours.revision}.`,
    { current: revisionOf(standing) },
  );
}
