import type { RouteTable } from '../../../domain/route-table.js';
import type { RouteOwner } from '../../../ports/mesh.js';
import { isSameObject, MANAGED_BY, ROUTE_LABEL } from '../istio-objects/mesh-object.js';
import type { MeshObject } from '../istio-objects/mesh-object.js';
import { ownerName, ownerNameOf } from '../istio-objects/ownership.js';
import type { ObjectReader } from './watched-cluster.js';

/** The label that all objects of ours bear. */
export const OURS = `${MANAGED_BY.label}=${MANAGED_BY.value}`;

/** Those of this route, in any namespace. */
export function ownObjects(
  objects: readonly MeshObject[],
  owner: Pick<RouteOwner, 'environment' | 'route'>,
): readonly MeshObject[] {
  return objects.filter((object) => ownerNameOf(object) === ownerName(owner));
}

/** Those of anybody but this route. */
export function notOf(
  objects: readonly MeshObject[],
  owner: Pick<RouteOwner, 'environment' | 'route'>,
): readonly MeshObject[] {
  return objects.filter((object) => ownerNameOf(object) !== ownerName(owner));
}

/** Those of `objects` that are not among `listed`. */
export function unlisted(
  objects: readonly MeshObject[],
  listed: readonly MeshObject[],
): readonly MeshObject[] {
  return objects.filter((object) => !listed.some((other) => isSameObject(object, other)));
}

/** DestinationRules and VirtualServices. */
export async function listBoth(
  api: ObjectReader,
  scope: Parameters<ObjectReader['list']>[1],
): Promise<readonly MeshObject[]> {
  const lists = await Promise.all([api.list('DestinationRule', scope), api.list('VirtualService', scope)]);
  return lists.flat();
}

/** All objects labelled as of routes of this key, in one namespace or in all; of any environment. */
export function routeLabelled(
  api: ObjectReader,
  { route }: Pick<RouteOwner, 'route'>,
  namespace?: string,
): Promise<readonly MeshObject[]> {
  return listBoth(api, { namespace, labels: `${OURS},${ROUTE_LABEL}=${route}` });
}

/**
 * What stands with the route's label in any namespace, since a Service may have moved and objects of others may have been
 * taken over where they stand; and whatever stands under the names that the route's objects need.
 */
export async function standingObjects(
  api: ObjectReader,
  table: RouteTable,
  wanted: readonly MeshObject[],
): Promise<readonly MeshObject[]> {
  const [beside, all] = await Promise.all([
    routeLabelled(api, table, table.namespace),
    routeLabelled(api, table),
  ]);
  const labelled = [...beside, ...all.filter(({ metadata }) => metadata.namespace !== table.namespace)];
  const others = await Promise.all(unlisted(wanted, beside).map((object) => api.get(object)));
  return [...labelled, ...others.filter((object) => object !== null)];
}
