import { isDeepStrictEqual } from 'node:util';
import type { UnchangedEntries } from '../../../ports/mesh.js';
import { isDelegate, roleOf } from './delegates.js';
import type { MeshObject } from './mesh-object.js';
import { isSameObject } from './mesh-object.js';

interface Subset {
  readonly name: string;
  readonly labels?: { readonly [label: string]: string };
}

interface HttpRoute {
  readonly route?: readonly { readonly destination?: { readonly subset?: string } }[];
}

/**
 * How many of the first entries of the wanted objects stand just so already: the same requests, sent to the same pods.
 * 0 for a place whose object doesn't stand, or binds other hosts or gateways.
 */
export function unchangedEntries(
  standing: readonly MeshObject[],
  wanted: readonly MeshObject[],
): UnchangedEntries {
  const bound = wanted.filter(({ kind }) => kind === 'VirtualService');
  const told = bound.filter(isDelegate);
  const services = told.length > 0 ? told.filter((object) => typeof roleOf(object) === 'string') : bound;
  const inside = services.filter((object) => isInside(object));
  const outside = services.filter((object) => !isInside(object));
  const count = (objects: readonly MeshObject[]): number =>
    objects.length === 0 ? 0 : Math.min(...objects.map((object) => unchangedIn(object, standing, wanted)));
  const audiences = told.flatMap((object): [string, number][] => {
    const role = roleOf(object);
    return typeof role === 'string' ? [] : [[role.audience, unchangedIn(object, standing, wanted)]];
  });
  return {
    gateway: count(outside),
    mesh: count(inside),
    ...(audiences.length > 0 && { audiences: Object.fromEntries(audiences) }),
  };
}

function unchangedIn(
  object: MeshObject,
  standing: readonly MeshObject[],
  wanted: readonly MeshObject[],
): number {
  const before = standing.find((other) => isSameObject(object, other));
  if (before === undefined || !bindsTheSame(before, object)) return 0;
  const [old, next] = [httpOf(before), httpOf(object)];
  const [oldSubsets, nextSubsets] = [subsetsIn(standing, object), subsetsIn(wanted, object)];
  const changed = next.findIndex(
    (entry, i) => !isDeepStrictEqual(plain(old[i]), plain(entry)) || !leadsOn(entry, oldSubsets, nextSubsets),
  );
  return changed < 0 ? next.length : changed;
}

/** Whether the pods behind an entry's versions are picked by the same labels as before. */
function leadsOn(
  { route = [] }: HttpRoute,
  before: ReadonlyMap<string, Subset['labels']>,
  after: ReadonlyMap<string, Subset['labels']>,
): boolean {
  const names = route.flatMap(({ destination }) => destination?.subset ?? []);
  return names.every((name) => isDeepStrictEqual(plain(before.get(name)), plain(after.get(name))));
}

function isInside(object: MeshObject): boolean {
  const { spec } = object;
  return isDelegate(object)
    ? roleOf(object) === 'mesh'
    : isDeepStrictEqual(plain(spec?.['gateways']), ['mesh']);
}

function bindsTheSame(a: MeshObject, b: MeshObject): boolean {
  return ['hosts', 'gateways'].every((field) =>
    isDeepStrictEqual(plain(a.spec?.[field]), plain(b.spec?.[field])),
  );
}

function httpOf({ spec }: MeshObject): readonly HttpRoute[] {
  const http = spec?.['http'];
  return Array.isArray(http) ? (http as HttpRoute[]) : [];
}

function subsetsIn(
  objects: readonly MeshObject[],
  { metadata }: MeshObject,
): ReadonlyMap<string, Subset['labels']> {
  const rules = objects.filter(
    ({ kind, metadata: { namespace } }) => kind === 'DestinationRule' && namespace === metadata.namespace,
  );
  const subsets = rules.flatMap(({ spec }) => (spec?.['subsets'] ?? []) as readonly Subset[]);
  return new Map(subsets.map(({ name, labels }) => [name, labels]));
}

/** Without prototypes and undefined fields, as it comes back from the API server or a file. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}
