import { Problem } from '../../../domain/problem.js';
import { nameOf } from './mesh-object.js';
import type { MeshObject } from './mesh-object.js';

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** Istio's reading of short names: a host without a dot is a Service beside the object, a gateway without a slash too. */
function claimsOf(object: MeshObject): readonly string[] {
  const { namespace } = object.metadata;
  const named = strings(object.spec?.['gateways']);
  const gateways = named.length > 0 ? named : ['mesh'];
  return gateways.flatMap((gateway) => {
    const place = gateway === 'mesh' || gateway.includes('/') ? gateway : `${namespace}/${gateway}`;
    return strings(object.spec?.['hosts']).map((host) => {
      const full = host.includes('.') || host === '*' ? host : `${host}.${namespace}.svc.cluster.local`;
      return `${full} at ${place}`;
    });
  });
}

/**
 * Hosts at gateways (or in the mesh) that `wanted` claims and `standing`, the route's own objects, doesn't hold yet. What
 * it holds is not asked about again, so that a latecomer can't keep a route from being closed.
 */
export function newClaims(
  wanted: readonly MeshObject[],
  standing: readonly MeshObject[],
): ReadonlySet<string> {
  const held = new Set(standing.flatMap(claimsOf));
  return new Set(
    wanted
      .filter(({ kind }) => kind === 'VirtualService')
      .flatMap(claimsOf)
      .filter((claim) => !held.has(claim)),
  );
}

/** HOST_TAKEN where a VirtualService among `others` has one of the claims: Istio would obey only one of the two. */
export function requireFree(claims: ReadonlySet<string>, others: readonly MeshObject[]): void {
  for (const other of others.filter(({ kind }) => kind === 'VirtualService')) {
    const taken = claimsOf(other).find((claim) => claims.has(claim));
    if (taken === undefined) continue;
    throw new Problem(
      'HOST_TAKEN',
      `${nameOf(other)} routes ${taken} already. Remove one of the two routes.`,
    );
  }
}
