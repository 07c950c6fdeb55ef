import type { RouteTable } from '../../../domain/route-table.js';
import { claimsOf } from './claimed-hosts.js';
import { isDelegate, roleOf } from './delegates.js';
import type { DelegateRole } from './delegates.js';
import { subsetOf } from './destination-rule.js';
import { httpRoutes } from './http-routes.js';
import { ADOPTED_AS_ANNOTATION, isSameObject, meshObject } from './mesh-object.js';
import type { MeshObject } from './mesh-object.js';
import { isOfferedTo } from './ownership.js';
import { gatewayRules, meshRules, names, rootsOf } from './roots.js';
import { routeObjects } from './route-objects.js';

/** What stands: `own` says that it is this route's, `others` are all other VirtualServices, as far as they matter. */
export interface Surroundings {
  readonly own: readonly MeshObject[];
  readonly others: readonly MeshObject[];
}

/**
 * The objects that a table becomes among what stands. Beside those of the table alone: an object that was given to us is
 * taken over under its own name; objects of ours that bound the hosts become the root until somebody else's root has
 * taken over; and a delegate that the table has no more use for stays for as long as a root names it.
 */
export function placedObjects(table: RouteTable, standing: Surroundings): readonly MeshObject[] {
  const wanted = routeObjects(table).map((object) => underItsName(object, table, standing));
  return [...wanted, ...ownRoots(table, standing), ...delegatesKept(table, wanted, standing)];
}

/** Those of `others` that were given to this route, with what they bind among what it wants. */
export function adopted(table: RouteTable, others: readonly MeshObject[]): readonly MeshObject[] {
  const claims = new Set(routeObjects(table).flatMap(claimsOf));
  return others.filter((object) => {
    const held = claimsOf(object);
    return isOfferedTo(object, table) && held.length > 0 && held.every((claim) => claims.has(claim));
  });
}

function underItsName(object: MeshObject, table: RouteTable, { own, others }: Surroundings): MeshObject {
  if (object.kind !== 'VirtualService' || isDelegate(object)) return object;
  const { name } = object.metadata;
  const claims = new Set(claimsOf(object));
  const home =
    own.find(({ metadata }) => metadata.annotations?.[ADOPTED_AS_ANNOTATION] === name) ??
    adopted(table, others).find((other) => claimsOf(other).some((claim) => claims.has(claim)));
  if (home === undefined || isSameObject(home, object)) return object;
  const { annotations } = object.metadata;
  const place = { name: home.metadata.name, namespace: home.metadata.namespace };
  return {
    ...object,
    metadata: {
      ...object.metadata,
      ...place,
      annotations: { ...annotations, [ADOPTED_AS_ANNOTATION]: name },
    },
  };
}

function ownRoots(table: RouteTable, { own, others }: Surroundings): readonly MeshObject[] {
  if (table.audiences === undefined || rootsOf(table, others).missing.length === 0) return [];
  return own
    .filter((object) => object.kind === 'VirtualService' && !isDelegate(object))
    .flatMap((object) => {
      const { hosts, gateways } = object.spec ?? {};
      const http = isInside(object) ? meshRules(table) : gatewayRules(table);
      if (http.length === 0) return [];
      const root = meshObject(table, 'VirtualService', object.metadata.name, { hosts, gateways, http });
      return [{ ...root, metadata: { ...root.metadata, namespace: object.metadata.namespace } }];
    });
}

function isInside({ spec }: MeshObject): boolean {
  const gateways = spec?.['gateways'];
  return Array.isArray(gateways) && gateways.length === 1 && gateways[0] === 'mesh';
}

function delegatesKept(
  table: RouteTable,
  wanted: readonly MeshObject[],
  { own, others }: Surroundings,
): readonly MeshObject[] {
  return own
    .filter((object) => isDelegate(object) && !wanted.some((other) => isSameObject(object, other)))
    .filter((object) => others.some((root) => names(root, object)))
    .map((object) => {
      const { name, namespace } = object.metadata;
      const kept = meshObject(table, 'VirtualService', name, { http: httpOfKept(table, object) });
      return { ...kept, metadata: { ...kept.metadata, namespace } };
    });
}

/**
 * What a delegate would hold in the Service's namespace. Callers of an audience that is none any more are callers like all
 * others; without delegates all go to the version returned to.
 */
function httpOfKept(table: RouteTable, object: MeshObject): readonly unknown[] {
  const role = roleOf(object);
  const target = {
    host: table.service,
    port: role === 'mesh' ? undefined : { number: table.port },
    owner: table,
  };
  const same = entriesFor(table, role);
  if (table.audiences !== undefined && same !== null) return httpRoutes(same, target);
  const last = (same ?? table.gateway ?? table.mesh)?.at(-1);
  return last === undefined ? lastRule(object) : httpRoutes([last], target);
}

function entriesFor({ gateway, mesh, audiences }: RouteTable, role: DelegateRole) {
  if (role === 'mesh') return mesh;
  const audience = typeof role === 'string' ? null : role.audience;
  return audiences?.find(({ segment }) => segment === audience)?.entries ?? gateway;
}

/** The last rule, without copies, and all of it to `home`, where that is known. */
function lastRule({ spec }: MeshObject, home?: string): readonly unknown[] {
  const http = spec?.['http'];
  const last = Array.isArray(http) ? (http.at(-1) as LastRule | undefined) : undefined;
  if (last === undefined) return [];
  const { mirror: _mirror, mirrorPercentage: _percentage, route = [], ...rest } = last;
  const [first] = route;
  if (home === undefined || first === undefined) return [{ ...rest, route }];
  return [{ ...rest, route: [{ destination: { ...first.destination, subset: subsetOf(home) } }] }];
}

interface LastRule {
  readonly mirror?: unknown;
  readonly mirrorPercentage?: unknown;
  readonly route?: readonly { readonly destination: object }[];
}

/**
 * Of a deleted route's delegates those that a root still names, each sending all its requests to `home`, the version that
 * the route returned to; where that isn't known, where its last rule does: those of an audience, whose last rule may be
 * for the audience alone, where the callers of no audience go.
 */
export function releasedDelegates({ own, others }: Surroundings, home?: string): readonly MeshObject[] {
  return everyDelegateReleased(own, home).filter((object) => others.some((root) => names(root, object)));
}

/** The same of all delegates, for where roots can't be seen. */
export function everyDelegateReleased(own: readonly MeshObject[], home?: string): readonly MeshObject[] {
  const standing = own.filter(isDelegate);
  const plain = standing.find((object) => roleOf(object) === 'gateway');
  return standing.map((object) => {
    const { name, namespace, labels = {}, annotations = {} } = object.metadata;
    const from = typeof roleOf(object) === 'string' ? object : (plain ?? object);
    const metadata = { name, namespace, labels, annotations };
    return {
      apiVersion: object.apiVersion,
      kind: object.kind,
      metadata,
      spec: { http: lastRule(from, home) },
    };
  });
}

/** Whether the VirtualServices of others matter to a table: roots, hosts to be claimed, objects that were given to us. */
export function needsOthers(table: RouteTable, own: readonly MeshObject[]): boolean {
  return (
    table.audiences !== undefined ||
    own.some(isDelegate) ||
    routeObjects(table).some((object) => !own.some((other) => isSameObject(other, object)))
  );
}
