import { Problem } from '../../../domain/problem.js';
import { isSameObject, nameOf } from './mesh-object.js';
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
 * HOST_TAKEN where a VirtualService of anybody else has a host that `wanted` would claim at the same gateway (or in the
 * mesh): Istio would obey only one of them. Claims that `standing` objects of this route hold already are not asked
 * about, so that a latecomer can't keep a route from being closed.
 */
export function requireHostsFree(
  wanted: readonly MeshObject[],
  standing: readonly MeshObject[],
  others: readonly MeshObject[],
): void {
  const held = new Set(standing.flatMap(claimsOf));
  const sought = new Set(wanted.flatMap(claimsOf).filter((claim) => !held.has(claim)));
  for (const other of others) {
    if (other.kind !== 'VirtualService') continue;
    if ([...wanted, ...standing].some((own) => isSameObject(own, other))) continue;
    const taken = claimsOf(other).find((claim) => sought.has(claim));
    if (taken === undefined) continue;
    throw new Problem(
      'HOST_TAKEN',
      `${nameOf(other)} routes ${taken} already. Remove one of the two routes.`,
    );
  }
}
