import { isRelative } from '../guard-kind.js';
import { ref } from '../documents.js';
import type { Guard, GuardTarget } from '../guard.js';
import { ALONE } from '../guard/combination.js';
import type { GuardRecord } from '../guard/guard-record.js';
import type { GuardSubject } from '../guard/guard-subject.js';
import { freshRecord } from '../guard/record.js';
import type { GuardSituation } from '../guard/situation.js';
import { targetRef } from '../guard/target-ref.js';
import type { Image } from '../image.js';
import { distrustOf } from './assignment.js';
import { combinationsOf } from './combinations.js';
import { keptRecord } from './latches.js';
import { ownedRuleIds, reachAt } from './owned-rules.js';
import { abortedRollouts, isUnfinished, type StandingRollout, unfinishedRollouts } from './position.js';
import { seriesOf } from './unit-series.js';
import { situationOf, standingSituation } from './situation.js';
import type { Rollout } from '../rollout.js';

/** A guard on one subject that has to be judged now. */
export interface WatchedGuard {
  readonly guard: Guard;
  /** `rollout/<key>`, `flag/<key>` or `route/<key>`. */
  readonly subject: string;
  /** What is read for it. */
  readonly reads: GuardSubject;
  readonly situation: GuardSituation;
  /** Whether anybody can meet the new arm. */
  readonly exposed: boolean;
  /** As kept; a fresh one where nothing was. */
  readonly record: GuardRecord;
  /** Revision of the record's state, 0 = nothing was kept. */
  readonly revision: number;
}

/** How long the record of a guard that has tripped goes on, ms: what it shows after that is no news of the trip. */
export const AFTER_TRIP = 3_600_000;

/**
 * All guards to judge at `now` (store time): those of unfinished rollouts, and those that stand alone. A latched one only within an
 * hour of its trip, for the record, also where it aborted its rollout.
 */
export function watchedGuards(image: Image, now: number): WatchedGuard[] {
  const onRollouts = unfinishedRollouts(image).flatMap((unfinished) => guardsOf(image, unfinished, now));
  const left = abortedRollouts(image)
    .flatMap((aborted) => guardsOf(image, aborted, now))
    .filter(({ record }) => record.trip !== null);
  const alone = image.documents.list('guard').flatMap(({ value }) => standing(image, value, now));
  return [...onRollouts, ...left, ...alone].filter(
    ({ record }) => record.trip === null || now - record.trip.at < AFTER_TRIP,
  );
}

function guardsOf(image: Image, { rollout, position }: StandingRollout, now: number): WatchedGuard[] {
  const untrusted = distrustOf(image, rollout.key, position.run);
  const distrust = ({ source }: Guard) => (source === 'events' && untrusted !== null ? { untrusted } : {});
  const all = rollout.value.guards.flatMap((key) => {
    const guard = image.documents.value('guard', key);
    const reads = guard && readsOfRollout(image, guard, { rollout, position });
    return guard === undefined || !reads ? [] : [{ guard, reads }];
  });
  const subject = ref('rollout', rollout.key);
  const shared = combinationsOf(image, rollout, position, all);
  return all.map(({ guard, reads }) => ({
    guard,
    subject,
    reads,
    situation: situationOf(rollout.value, position, {
      now,
      combined: shared.get(guard.key) ?? ALONE,
      ...distrust(guard),
    }),
    exposed: isUnfinished(position) && isExposed(rollout.value, position.step),
    ...recordOf(image, { guard: guard.key, subject, run: position.run }, now),
  }));
}

/** Events count by the flag's variants, a template by the versions of the route that it reads; a query brings its own label values. */
function readsOfRollout(
  image: Image,
  guard: Guard,
  unfinished: Pick<StandingRollout, 'rollout' | 'position'>,
): GuardSubject | null {
  const reads = readsOfDefinition(image, guard, unfinished.rollout.value);
  if (reads === null || guard.events?.within === undefined) return reads;
  return { ...reads, units: seriesOf(unfinished) };
}

function readsOfDefinition(image: Image, guard: Guard, { key, routes, flag }: Rollout): GuardSubject | null {
  const read = routes.find(({ key: route }) => route === guard.route) ?? routes[0] ?? null;
  const arms = guard.source === 'events' ? flag : (read ?? flag);
  if (arms === null) return null;
  return {
    environment: image.scope,
    guard,
    on: ref('rollout', key),
    arms: { new: arms.new, control: arms.control },
    route: read && routeOf(image, read.key),
    ...countedBy(image, guard, ownedRuleIds(key).split),
  };
}

/**
 * What a guard would read before anything is started: on this rollout, else on its target, else on the first rollout that
 * names it; null where there is none of them. A query needs none: it brings its arms.
 */
export function readsBeforehand(image: Image, guard: Guard, rollout: Rollout | null): GuardSubject | null {
  const { target, query } = guard;
  if (target !== null && rollout === null) return readsOfTarget(image, guard, target);
  const named = image.documents.list('rollout').find(({ value }) => value.guards.includes(guard.key))?.value;
  const definition = rollout ?? named;
  const reads = definition === undefined ? null : readsOfDefinition(image, guard, definition);
  if (reads !== null || query === null) return reads;
  const { new: fresh, control } = query.arm;
  return { environment: image.scope, guard, arms: { new: fresh, control }, route: null, rule: null };
}

/** A relative guard compares what the rollout's split decided; all else counts every evaluation of the flag. */
function countedBy(image: Image, guard: Guard, split: string | null): Pick<GuardSubject, 'rule' | 'rules'> {
  if (guard.source === 'events' && isRelative(guard) && split !== null) return { rule: split };
  const flag = guard.events === null ? undefined : image.documents.value('flag', guard.events.flag);
  return { rule: null, rules: (flag?.rules ?? []).map(({ id }) => id) };
}

function routeOf(image: Image, key: string): GuardSubject['route'] {
  const route = image.documents.value('route', key);
  if (route === undefined) return null;
  return { key, service: route.service, port: route.port, versions: route.versions };
}

function standing(image: Image, guard: Guard, now: number): WatchedGuard[] {
  if (guard.target === null) return [];
  const { target } = guard;
  const subject = targetRef(target);
  return [
    {
      guard,
      subject,
      reads: readsOfTarget(image, guard, target),
      situation: standingSituation(now),
      exposed: isOpen(image, target),
      ...recordOf(image, { guard: guard.key, subject, run: 0 }, now),
    },
  ];
}

function readsOfTarget(image: Image, guard: Guard, target: GuardTarget): GuardSubject {
  return {
    environment: image.scope,
    guard,
    on: targetRef(target),
    arms: { new: target.new, control: target.control },
    route: 'route' in target ? routeOf(image, target.route) : null,
    ...countedBy(image, guard, null),
  };
}

/** Whether the step lets anybody in; copies of requests are nobody. */
function isExposed(rollout: Rollout, step: number): boolean {
  const { members, weight } = reachAt(rollout, step);
  return weight > 0 || members.length > 0;
}

function isOpen({ documents }: Image, target: GuardTarget): boolean {
  if ('flag' in target) return documents.value('flag', target.flag)?.enabled === true;
  const closed = documents.value('route', target.route)?.closed ?? null;
  return closed === null || closed === target.new;
}

/** The record of this run; an older run's counts for nothing. */
function recordOf(
  image: Image,
  { guard, subject, run }: { readonly guard: string; readonly subject: string; readonly run: number },
  now: number,
): Pick<WatchedGuard, 'record' | 'revision'> {
  const { record, revision } = keptRecord(image, guard, subject);
  return { record: record !== null && record.run === run ? record : freshRecord(run, now), revision };
}
