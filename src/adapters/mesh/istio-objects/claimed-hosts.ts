import { Problem } from '../../../domain/problem.js';
import type { RouteTable } from '../../../domain/route-table.js';
import { matchesHost } from './applying-rule.js';
import { nameOf } from './mesh-object.js';
import type { MeshObject } from './mesh-object.js';

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** A host that a VirtualService routes at a gateway, `namespace/name`, or in the `mesh`. */
export interface Claim {
  readonly host: string;
  readonly place: string;
}

/** The place of a claim inside the mesh. */
export const MESH = 'mesh';
/** `checkout.shop` and `checkout.shop.svc`: callers may use these names too, so that they are the Service's. */
const PART_OF_SERVICE = /^[a-z0-9-]+\.[a-z0-9-]+(?:\.svc)?$/;
const LEGACY_GATEWAY = /^([a-z0-9-]+)\.([a-z0-9-]+)(?:\..*)?$/;

/** Istio's reading of short names: a host without a dot is a Service beside the object, a gateway without a slash too. */
function placeOf(gateway: string, namespace: string): string {
  if (gateway === MESH || gateway.includes('/')) return gateway.replace(/^\.\//, `${namespace}/`);
  const [, name, elsewhere] = LEGACY_GATEWAY.exec(gateway) ?? [];
  return name === undefined ? `${namespace}/${gateway}` : `${elsewhere}/${name}`;
}

function hostOf(host: string, place: string, namespace: string): string {
  if (host === '*') return host;
  if (!host.includes('.')) return `${host}.${namespace}.svc.cluster.local`;
  if (place !== MESH || !PART_OF_SERVICE.test(host)) return host;
  const [name, elsewhere] = host.split('.');
  return `${name}.${elsewhere}.svc.cluster.local`;
}

/** What an object binds; a delegate has no hosts, so it claims none. */
export function claimsIn({ metadata: { namespace }, spec }: MeshObject): readonly Claim[] {
  const named = strings(spec?.['gateways']);
  const places = (named.length > 0 ? named : [MESH]).map((gateway) => placeOf(gateway, namespace));
  return places.flatMap((place) =>
    strings(spec?.['hosts']).map((host) => ({ host: hostOf(host, place, namespace), place })),
  );
}

/** The hosts that an object binds, each with its place, as text. */
export function claimsOf(object: MeshObject): readonly string[] {
  return claimsIn(object).map(nameOfClaim);
}

/** What a table's gateways, or its Service inside the mesh, bind and none of `objects` does: `host at namespace/gateway`. */
export function unbound(
  table: RouteTable,
  place: 'gateway' | 'mesh',
  objects: readonly MeshObject[],
): string[] {
  const { namespace, service, gateways } = table;
  const wanted: readonly Claim[] =
    place === MESH
      ? [{ host: service, place: MESH }]
      : gateways.flatMap(({ name, hosts }) =>
          hosts.map((host) => ({ host, place: placeOf(name, namespace) })),
        );
  const bound = objects.flatMap(claimsIn);
  return wanted.filter((claim) => !bound.some((other) => holds(other, claim))).map(nameOfClaim);
}

function holds(wide: Claim, { host, place }: Claim): boolean {
  return wide.place === place && matchesHost(wide.host, host);
}

function nameOfClaim({ host, place }: Claim): string {
  return `${host} at ${place}`;
}

/**
 * Hosts at gateways (or in the mesh) that `wanted` claims and `standing`, the route's own objects, doesn't hold yet, by
 * their names. What it holds is not asked about again, so that a latecomer can't keep a route from being closed.
 */
export function newClaims(
  wanted: readonly MeshObject[],
  standing: readonly MeshObject[],
): ReadonlyMap<string, Claim> {
  const held = new Set(standing.flatMap(claimsIn).map(nameOfClaim));
  const claims = wanted.filter(({ kind }) => kind === 'VirtualService').flatMap(claimsIn);
  return new Map(
    claims.map((claim) => [nameOfClaim(claim), claim] as const).filter(([name]) => !held.has(name)),
  );
}

/** Of two hosts that fit a request the more specific one counts, so only their wildcard leaves ours alone. */
function hides(theirs: Claim, ours: Claim): boolean {
  if (theirs.place !== ours.place) return false;
  if (theirs.host === ours.host) return true;
  return ours.host.startsWith('*.') && theirs.host !== '*' && theirs.host.endsWith(ours.host.slice(1));
}

/** For whom the other object counts, as the end of a sentence; null where nobody sees it. */
export function audienceOf({ metadata: { namespace }, spec }: MeshObject, { place }: Claim): string | null {
  const exported = strings(spec?.['exportTo']);
  if (exported.length === 1 && exported[0] === '~') return null;
  if (place !== MESH || exported.length === 0 || exported.includes('*')) return '';
  const seen = exported.map((name) => (name === '.' ? namespace : name));
  return ` for callers in ${seen.length > 1 ? 'the namespaces' : 'namespace'} ${seen.join(', ')}`;
}

function reasonOf(theirs: Claim, ours: Claim): string {
  if (theirs.host !== ours.host) return `It is more specific than ${ours.host}, and would hide it there.`;
  return theirs.place === MESH
    ? 'Of two VirtualServices for one host a sidecar obeys one alone, the older where both are seen by all.'
    : 'A gateway puts the rules of both into one list, the older’s first, so that one hides those of the other.';
}

/**
 * HOST_TAKEN where a VirtualService among `others` has one of the claims, or hides a part of one: says which and why.
 * `hint`: what would have it taken over, as the end of a sentence; without it nothing would.
 */
export function requireFree(
  claims: ReadonlyMap<string, Claim>,
  others: readonly MeshObject[],
  hint: (object: MeshObject) => string | null = () => null,
): void {
  for (const other of others.filter(({ kind }) => kind === 'VirtualService')) {
    for (const theirs of claimsIn(other)) {
      const ours = [...claims.values()].find((claim) => hides(theirs, claim));
      const audience = audienceOf(other, theirs);
      if (ours === undefined || audience === null) continue;
      const adopting = hint(other);
      const ways = [
        'Remove one of the two routes',
        'give ours ownership "delegate"',
        ...(adopting ? [adopting] : []),
      ];
      throw new Problem(
        'HOST_TAKEN',
        `${nameOf(other)} routes ${nameOfClaim(theirs)} already${audience}. ${reasonOf(theirs, ours)} ` +
          `${ways.slice(0, -1).join(', ')}${adopting ? ',' : ''} or ${ways.at(-1)}.`,
      );
    }
  }
}
