import type { Route, Segment } from '@tidegate/sdk/engine';
import type { Commit } from './change.js';
import type { Documents, Edit, Ref, Stored } from './documents.js';
import { ref } from './documents.js';
import type { StoredFlag } from './flag.js';
import type { Image } from './image.js';
import { killOf } from './kill.js';
import { referencesOf } from './references.js';
import { isPlacedAnew } from './route-checks.js';
import { isSameJson } from './same-json.js';

/** What a commit of `given` (and of `written`, which contains more) has been decided on. A kill rests on nothing else. */
export function basisOf(
  image: Image,
  given: readonly Edit[],
  written: readonly Edit[],
): Pick<Commit, 'expected' | 'unchanged' | 'asOf'> {
  const after = image.documents.with(given, image.revision + 1);
  const names = new Set(written.map(({ kind, key }) => ref(kind, key)));
  const read = new Map<Ref, number>();
  for (const { kind, key } of given.filter((edit) => killOf(image.documents, edit) === null)) {
    const document = after.get(kind, key);
    if (document !== undefined) collectRead(image.documents, after, document, read);
  }
  return {
    expected: Object.fromEntries(
      written.map(({ kind, key }) => [ref(kind, key), image.documents.get(kind, key)?.revision ?? 0]),
    ),
    unchanged: Object.fromEntries([...read].filter(([name]) => !names.has(name))),
    ...(given.some((edit) => restsOnAbsence(image.documents, after, edit)) ? { asOf: image.revision } : {}),
  };
}

/** All that a document names, directly or not, and for a route the settings where they bear on it. */
function collectRead(before: Documents, after: Documents, document: Stored, read: Map<Ref, number>): void {
  if (document.kind === 'route' && restsOnSettings((document as Stored<'route'>).value))
    read.set(ref('settings', 'environment'), before.get('settings', 'environment')?.revision ?? 0);
  for (const { kind, key } of referencesOf(document)) {
    const name = ref(kind, key);
    if (read.has(name)) continue;
    read.set(name, before.get(kind, key)?.revision ?? 0);
    const next = after.get(kind, key);
    if (next !== undefined) collectRead(before, after, next, read);
  }
}

/** At gateways, by the identity setting; with affinity, by how visitors are known. */
function restsOnSettings({ gateways, affinity }: Route): boolean {
  return gateways.length > 0 || affinity === 'cookie';
}

/**
 * Whether an edit is right only because of what is *not* there: nobody who names what goes, no route with the same host,
 * no route or rollout that a segment, a guard or the identity setting would break, no start of a rollout that is edited,
 * no trip of a guard on what is enabled or opened, no rollout of a flag that is archived. Whoever makes such a thing in the meantime touches none of the
 * documents written here, so only the whole environment standing still proves it.
 */
function restsOnAbsence(before: Documents, after: Documents, { kind, key }: Edit): boolean {
  const was = before.get(kind, key);
  const is = after.get(kind, key);
  if (was === undefined) return kind === 'route';
  if (is === undefined) return true;
  switch (kind) {
    case 'flag':
      return flagRests((was as Stored<'flag'>).value, (is as Stored<'flag'>).value);
    case 'segment':
      return changesMembers((was as Stored<'segment'>).value, (is as Stored<'segment'>).value);
    case 'route':
      return routeRests((was as Stored<'route'>).value, (is as Stored<'route'>).value);
    case 'guard':
    case 'rollout':
    case 'settings':
      return true;
    default:
      return false;
  }
}

/** Any other members may be more than some gateway can ask for together with whom else it lets in. */
function changesMembers(was: Segment, is: Segment): boolean {
  return (['rules', 'included', 'excluded'] as const).some((part) => !isSameJson(was[part], is[part]));
}

function flagRests(was: StoredFlag, is: StoredFlag): boolean {
  const archived = is.archived === true && was.archived !== true;
  return archived || losesNames(was.variants, is.variants) || (!was.enabled && is.enabled);
}

function routeRests(was: Route, is: Route): boolean {
  return (
    losesNames(was.versions, is.versions) ||
    (was.closed !== null && was.closed !== is.closed) ||
    isPlacedAnew(was, is)
  );
}

function losesNames(was: object, is: object): boolean {
  return Object.keys(was).some((name) => !Object.hasOwn(is, name));
}
