import type { Flag, Route, Segment } from '@tidegate/sdk/engine';
import type { Commit, StateEdit, StoredState } from '../../src/domain/change.js';
import { Documents, type Edit, ref } from '../../src/domain/documents.js';
import { type Guard, type GuardInput, guardSchema } from '../../src/domain/guard.js';
import type { Image } from '../../src/domain/image.js';
import type { Plan } from '../../src/domain/plan.js';
import { tableRevision } from '../../src/domain/render/table-revision.js';
import { type Rollout, type RolloutInput, rolloutSchema } from '../../src/domain/rollout.js';
import type { RouteStatus } from '../../src/domain/route-status.js';
import { sampleFlag, sampleRoute, sampleSegment } from './sample-documents.js';

/** An environment's image of these documents, all at revision 1. */
export function imageOf(...edits: Edit[]): Image {
  const documents = new Documents([]).with(edits, 1);
  return { scope: 'production', epoch: 'e1', revision: 1, documents, states: new Map() };
}

type PlannedCommit = Pick<Commit, 'edits' | 'state' | 'event' | 'expected' | 'unchanged' | 'asOf'>;

/** The image after a commit; throws where the store would answer STALE_REVISION. */
export function after(image: Image, commit: PlannedCommit): Image {
  if (commit.asOf !== undefined && commit.asOf !== image.revision) throw new Error('stale scope');
  for (const [name, revision] of Object.entries({ ...commit.unchanged, ...commit.expected })) {
    if (revisionOf(image, name) !== revision) throw new Error(`stale ${name}`);
  }
  const unlisted = commit.edits.find(({ kind, key }) => !(ref(kind, key) in commit.expected));
  if (unlisted !== undefined) throw new Error(`${unlisted.key} not expected`);
  const logged = commit.edits.length > 0 || commit.event !== undefined;
  const revision = image.revision + (logged ? 1 : 0);
  const states = (commit.state ?? []).reduce(written, image.states);
  return { ...image, revision, states, documents: image.documents.with(commit.edits, revision) };
}

/** What a plan comes to; throws where it is refused. */
export function commitIn({ commit, errors }: Plan): NonNullable<Plan['commit']> {
  if (commit === null) throw new Error(JSON.stringify(errors));
  return commit;
}

/** The image after what was planned. */
export function afterPlan(image: Image, plan: Plan): Image {
  return after(image, commitIn(plan));
}

function written(states: Image['states'], { key, value, expected }: StateEdit): Image['states'] {
  const standing = states.get(key)?.revision ?? 0;
  if (expected !== undefined && expected !== standing) throw new Error(`stale ${key}`);
  const next = new Map(states);
  if (value === null) next.delete(key);
  else next.set(key, { key, revision: standing + 1, value: structuredClone(value) });
  return next;
}

function revisionOf(image: Image, name: string): number {
  return [...image.documents.all()].find(({ kind, key }) => ref(kind, key) === name)?.revision ?? 0;
}

/** The image with one state set. */
export function withState(image: Image, key: string, value: unknown): Image {
  const state: StoredState = { key, revision: (image.states.get(key)?.revision ?? 0) + 1, value };
  return { ...image, states: new Map(image.states).set(key, state) };
}

/** The image in which the mesh obeys the route as it stands, seen at `now`, all versions with two ready endpoints. */
export function withAppliedRoute(
  image: Image,
  key: string,
  now: number,
  ready?: RouteStatus['ready'],
): Image {
  const route = image.documents.get('route', key);
  if (route === undefined) throw new Error(`no route ${key}`);
  const token = tableRevision(image.epoch, route, image.documents);
  const status: RouteStatus = {
    phase: 'applied',
    namespace: 'shop',
    desired: token,
    applied: token,
    observed: true,
    ready: ready ?? Object.fromEntries(Object.keys(route.value.versions).map((version) => [version, 2])),
    checkedAt: now,
    error: null,
  };
  return withState(image, `route/${key}`, status);
}

export function segmentOf(segment: Partial<Segment> & { key: string }): Edit {
  const value = sampleSegment(segment.key, segment);
  return { kind: 'segment', key: value.key, value };
}

/** A boolean flag, enabled, that answers `off` unless told otherwise. */
export function flagOf(flag: Partial<Flag> & { key: string }): Edit & { value: Flag } {
  const value = sampleFlag(flag.key, flag);
  return { kind: 'flag', key: value.key, value };
}

/** A route of versions v1 (default) and v2. */
export function routeOf(route: Partial<Route> & { key: string }): Edit & { value: Route } {
  const value = sampleRoute(route.key, route);
  return { kind: 'route', key: value.key, value };
}

export function guardOf(guard: GuardInput): Edit & { value: Guard } {
  const value = guardSchema.parse(guard);
  return { kind: 'guard', key: value.key, value };
}

export function rolloutOf(rollout: RolloutInput): Edit & { value: Rollout } {
  const value = rolloutSchema.parse(rollout);
  return { kind: 'rollout', key: value.key, value };
}
