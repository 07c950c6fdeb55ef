import type { Route } from '@tidegate/sdk/engine';
import type { Image } from '../image.js';
import type { UserError } from '../problem.js';
import { type KeptRecord, latchedGuards, namesOf } from './latches.js';
import { ownsMirrors } from './owned-mirror.js';
import { armsOf } from './owned-rules.js';
import { unfinishedRollout } from './position.js';
import { ruleOwnershipErrors } from './rule-ownership.js';
import { isSameJson } from '../same-json.js';

/** What a rollout's split rests on beside its own rules. */
const OWNED_FIELDS = ['default', 'salt', 'bucketBy'] as const;

/** What of an edit of a route belongs to a rollout, or opens what a guard closed. */
export function routeOwnershipErrors(image: Image, key: string, after: Route | null): UserError[] {
  const before = image.documents.value('route', key);
  if (after === null) return deletionErrors(image, key);
  return [
    ...ruleOwnershipErrors(before?.rules ?? [], after.rules),
    ...(before === undefined
      ? []
      : [...fieldErrors(image, before, after), ...openErrors(image, before, after)]),
  ];
}

function deletionErrors(image: Image, key: string): UserError[] {
  const owner = unfinishedRollout(image, { routes: [key] });
  if (owner === null) return [];
  const message = `Rollout "${owner.rollout.key}" moves this route: abort it first.`;
  return [{ field: 'key', message, code: 'OWNED_BY_ROLLOUT' }];
}

function fieldErrors(image: Image, before: Route, after: Route): UserError[] {
  const differ = [...OWNED_FIELDS, 'mirror' as const].filter(
    (field) => !isSameJson(before[field] ?? null, after[field] ?? null),
  );
  if (differ.length === 0) return [];
  const owner = unfinishedRollout(image, { routes: [before.key] });
  if (owner === null) return [];
  const touched = differ.filter((field) => field !== 'mirror' || ownsMirrors(owner.rollout.value));
  const message = `It belongs to rollout "${owner.rollout.key}" until that ends; or abort it.`;
  return touched.map((field) => ({ field, message, code: 'OWNED_BY_ROLLOUT' as const }));
}

function openErrors(image: Image, before: Route, after: Route): UserError[] {
  if (before.closed === null || after.closed === before.closed) return [];
  const latched = latchedGuards(image, { routes: [before.key] });
  if (latched.length === 0 || isAsSafe(controlsOf(image, before.key, latched), before.closed, after.closed))
    return [];
  const message = `Tripped: ${namesOf(latched)}. Reset what tripped before opening the route.`;
  return [{ field: 'closed', message, code: 'GUARD_TRIPPED' }];
}

/** Whether it stays closed, and is not led away from where the latched guards want it. */
function isAsSafe(controls: ReadonlySet<string>, from: string, to: string | null): boolean {
  return to !== null && (!controls.has(from) || controls.has(to));
}

/** The versions of this route that these guards fall back to. */
function controlsOf({ documents }: Image, route: string, kept: readonly KeptRecord[]): ReadonlySet<string> {
  return new Set(
    kept.flatMap(({ guard, subject }) => {
      const rollout = subject.startsWith('rollout/') ? subject.slice('rollout/'.length) : null;
      if (rollout === null) return documents.value('guard', guard)?.target?.control ?? [];
      const moving = documents.value('rollout', rollout);
      return (moving && armsOf(moving, route)?.control) ?? [];
    }),
  );
}
