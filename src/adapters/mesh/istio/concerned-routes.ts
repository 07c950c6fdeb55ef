import { isDeepStrictEqual } from 'node:util';
import { serviceOf } from '../../../cluster/endpoint-slice.js';
import type { KubernetesObject } from '../../../cluster/resource.js';
import type { RouteOwner } from '../../../ports/mesh.js';
import type { MeshObject } from '../istio-objects/mesh-object.js';
import { ownersOf } from '../istio-objects/ownership.js';

interface Change<T> {
  readonly object: T;
  readonly before?: T;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Hosts as they would be written in full, so that short names can be held against ours. */
function hostsOf({ metadata: { namespace }, spec }: MeshObject): readonly string[] {
  const hosts = [...texts(spec?.['hosts']), ...texts([spec?.['host']])];
  return hosts.map((host) =>
    host.includes('.') || host === '*' ? host : `${host}.${namespace}.svc.cluster.local`,
  );
}

/** Whether one of two hosts, each exact or `*` or `*.…`, holds the other. */
function overlap(one: string, other: string): boolean {
  const holds = (wide: string, host: string) => wide.startsWith('*') && host.endsWith(wide.slice(1));
  return one === other || holds(one, other) || holds(other, one);
}

/** `namespace/name` of the VirtualServices that an object delegates to. */
function delegatesOf({ metadata, spec }: MeshObject): readonly string[] {
  const rules = Array.isArray(spec?.['http']) ? (spec['http'] as { delegate?: Delegate }[]) : [];
  return rules.flatMap(({ delegate }) =>
    delegate?.name ? [`${delegate.namespace ?? metadata.namespace}/${delegate.name}`] : [],
  );
}

interface Delegate {
  readonly name?: string;
  readonly namespace?: string;
}

/**
 * Routes that a change of an Istio object may matter to: whose object it is or was; else those with an object for a host
 * of it, which it may hide or be hidden by, and those it delegates to. `ours` are all objects of ours.
 */
export function routesOfObject(
  { object, before }: Change<MeshObject>,
  ours: readonly MeshObject[],
): readonly RouteOwner[] {
  const both = before === undefined ? [object] : [object, before];
  const owners = ownersOf(both);
  if (owners.length > 0) return owners;
  const hosts = both.flatMap(hostsOf);
  const delegates = new Set(both.flatMap(delegatesOf));
  return ownersOf(
    ours.filter(
      (mine) =>
        delegates.has(`${mine.metadata.namespace}/${mine.metadata.name}`) ||
        hostsOf(mine).some((host) => hosts.some((other) => overlap(host, other))),
    ),
  );
}

/** An EndpointSlice, of which nothing is known but that it has endpoints. */
interface Slice extends KubernetesObject {
  readonly endpoints?: unknown;
}

/** Routes to the Service whose endpoints have changed. */
export function routesOfSlice(
  { object, before }: Change<Slice>,
  ours: readonly MeshObject[],
): readonly RouteOwner[] {
  if (before !== undefined && isDeepStrictEqual(before.endpoints, object.endpoints)) return [];
  const [namespace, service] = serviceOf(object)?.split('/') ?? [];
  if (service === undefined) return [];
  const host = `${service}.${namespace}.svc.`;
  return ownersOf(ours.filter((mine) => hostsOf(mine).some((other) => other.startsWith(host))));
}

/** Whether nothing that we look at differs: somebody wrote the status, or bookkeeping. */
export function isSameAsBefore({ object, before }: Change<MeshObject>): boolean {
  return (
    before !== undefined &&
    isDeepStrictEqual(before.spec, object.spec) &&
    isDeepStrictEqual(before.metadata.annotations, object.metadata.annotations) &&
    isDeepStrictEqual(before.metadata.labels, object.metadata.labels)
  );
}
