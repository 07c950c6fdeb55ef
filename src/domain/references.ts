import type { Condition, Flag, Route, Segment } from '@tidegate/sdk/engine';
import { childrenOf } from './condition.js';
import type { Documents, Kind, Stored } from './documents.js';
import type { Settings } from './environment.js';
import type { Guard } from './guard.js';
import type { UserError } from './problem.js';
import type { Rollout } from './rollout.js';

/** Kinds that others refer to. */
export type Referent = 'flag' | 'segment' | 'route' | 'guard';

/** One document names another, and maybe variants or versions of it. */
export interface Reference {
  readonly kind: Referent;
  readonly key: string;
  /** Variants or versions of it that are named. */
  readonly names: readonly string[];
  /** Where, as a dotted path into the naming document. */
  readonly field: string;
}

/** Everything that a document names. */
export function referencesOf({ kind, value }: Pick<Stored, 'kind' | 'value'>): Reference[] {
  switch (kind) {
    case 'flag':
      return flagReferences(value as Flag);
    case 'segment':
      return segmentReferences(value as Segment);
    case 'route':
      return routeReferences(value as Route);
    case 'guard':
      return guardReferences(value as Guard);
    case 'rollout':
      return rolloutReferences(value as Rollout);
    case 'settings':
      return settingsReferences(value as Settings);
    default:
      return [];
  }
}

function conditionReferences(condition: Condition, field: string): Reference[] {
  if ('operator' in condition) {
    return condition.operator === 'inSegment'
      ? [{ kind: 'segment', key: condition.value, names: [], field: `${field}.value` }]
      : [];
  }
  const below = (index: number): string => {
    if ('all' in condition) return `${field}.all.${index}`;
    return 'any' in condition ? `${field}.any.${index}` : `${field}.not`;
  };
  return childrenOf(condition).flatMap((child, index) => conditionReferences(child, below(index)));
}

function flagReferences({ prerequisites, rules }: Flag): Reference[] {
  return [
    ...prerequisites.map(({ flag, variants }, index): Reference => ({
      kind: 'flag',
      key: flag,
      names: variants,
      field: `prerequisites.${index}.flag`,
    })),
    ...rules.flatMap(({ condition }, index) => conditionReferences(condition, `rules.${index}.condition`)),
  ];
}

function routeReferences({ rules, audiences = [] }: Route): Reference[] {
  return [
    ...rules.flatMap(({ condition }, index) => conditionReferences(condition, `rules.${index}.condition`)),
    ...audiences.map((key, index): Reference => ({
      kind: 'segment',
      key,
      names: [],
      field: `audiences.${index}`,
    })),
  ];
}

function segmentReferences({ rules }: Segment): Reference[] {
  return rules.flatMap((condition, index) => conditionReferences(condition, `rules.${index}`));
}

function guardReferences({ events, target, route, asks }: Guard): Reference[] {
  const references: Reference[] = [];
  if (events !== null) references.push({ kind: 'flag', key: events.flag, names: [], field: 'events.flag' });
  if (target !== null) references.push(sideReference(target, 'target'));
  if (asks !== null) references.push({ kind: 'guard', key: asks, names: [], field: 'asks' });
  if (route !== null) references.push({ kind: 'route', key: route, names: [], field: 'route' });
  return references;
}

type Side = { readonly new: string; readonly control: string } & (
  { readonly flag: string } | { readonly route: string }
);

function sideReference(side: Side, field: string): Reference {
  const names = [side.new, side.control];
  return 'flag' in side
    ? { kind: 'flag', key: side.flag, names, field: `${field}.flag` }
    : { kind: 'route', key: side.route, names, field: `${field}.route` };
}

function rolloutReferences({ flag, routes, steps, guards }: Rollout): Reference[] {
  const references: Reference[] = guards.map((key, index) => ({
    kind: 'guard',
    key,
    names: [],
    field: `guards.${index}`,
  }));
  if (flag !== null)
    references.push({ kind: 'flag', key: flag.key, names: [flag.new, flag.control], field: 'flag.key' });
  for (const [index, { key, new: fresh, control }] of routes.entries())
    references.push({ kind: 'route', key, names: [fresh, control], field: `routes.${index}.key` });
  for (const [index, step] of steps.entries()) {
    if ('audience' in step)
      references.push({ kind: 'segment', key: step.audience, names: [], field: `steps.${index}.audience` });
  }
  return references;
}

/** Settings of before templates were there have none. */
function settingsReferences({ versionTemplates = [] }: Partial<Settings>): Reference[] {
  return versionTemplates.flatMap(({ routes, guards, steps }, index) => {
    const at = `versionTemplates.${index}`;
    const named = (kind: Referent, key: string, field: string): Reference => ({
      kind,
      key,
      names: [],
      field,
    });
    return [
      ...routes.map((key, place) => named('route', key, `${at}.routes.${place}`)),
      ...guards.map((key, place) => named('guard', key, `${at}.guards.${place}`)),
      ...steps.flatMap((step, place) =>
        'audience' in step ? [named('segment', step.audience, `${at}.steps.${place}.audience`)] : [],
      ),
    ];
  });
}

/** One that names a document, and where and what it names. */
export interface Referrer {
  readonly by: Stored;
  readonly reference: Reference;
}

/** Who names the document, in no particular order. */
export function referrersOf(documents: Documents, kind: Kind, key: string): Referrer[] {
  const referrers: Referrer[] = [];
  for (const by of documents.all()) {
    for (const reference of referencesOf(by)) {
      if (reference.kind === kind && reference.key === key) referrers.push({ by, reference });
    }
  }
  return referrers;
}

/** Names of variants or versions that a document offers. */
function namesOf(documents: Documents, kind: Referent, key: string): ReadonlySet<string> | null {
  if (kind === 'flag') {
    const flag = documents.value('flag', key);
    return flag === undefined ? null : new Set(Object.keys(flag.variants));
  }
  if (kind === 'route') {
    const route = documents.value('route', key);
    return route === undefined ? null : new Set(Object.keys(route.versions));
  }
  return documents.get(kind, key) === undefined ? null : new Set();
}

/** What of a document's references leads nowhere: DANGLING_REFERENCE; or, of what is served, to what is archived: FLAG_ARCHIVED. */
export function danglingErrors(documents: Documents, document: Stored): UserError[] {
  return referencesOf(document).flatMap(({ kind, key, names, field: at }) => {
    if (isArchived(documents, kind, key) && !isArchived(documents, document.kind, document.key)) {
      const message = `Flag "${key}" is archived: restore it first, or in the same change.`;
      return [{ field: at, message, code: 'FLAG_ARCHIVED' as const }];
    }
    const known = namesOf(documents, kind, key);
    if (known === null) {
      return [dangling(at, `There is no ${kind} "${key}": create it first, or in the same change.`)];
    }
    const word = kind === 'flag' ? 'variant' : 'version';
    const lost = names.filter((name) => !known.has(name));
    return lost.map((name) => {
      const there = [...known].slice(0, 10).join(', ');
      return dangling(at, `The ${kind} "${key}" has no ${word} "${name}"; it has: ${there}.`);
    });
  });
}

function dangling(field: string, message: string): UserError {
  return { field, message, code: 'DANGLING_REFERENCE' };
}

/**
 * What an edit takes away though somebody names it: the document itself (REFERENCED, at `key`), or a variant or version
 * (DANGLING_REFERENCE, at `variants.x` or `versions.x`). `after` is the view after all edits, so that one who stops
 * naming it in the same change is no hindrance.
 */
export function takenErrors(before: Documents, after: Documents, kind: Kind, key: string): UserError[] {
  if (!isReferent(kind)) return [];
  const had = namesOf(before, kind, key);
  const known = namesOf(after, kind, key);
  if (had === null) return [];
  if (known === null) return goneErrors(referrersOf(after, kind, key), kind, key);
  const lost = new Set([...had].filter((name) => !known.has(name)));
  return lost.size === 0 ? [] : lostErrors(referrersOf(after, kind, key), kind, lost);
}

/**
 * Who is in the way of archiving a flag: flags that have it as prerequisite, and guards that stand on it alone. What is
 * archived itself, and rollouts that have ended with their guards, are no hindrance. REFERENCED, at `archived`.
 */
export function archivingErrors(before: Documents, after: Documents, key: string): UserError[] {
  if (isArchived(before, 'flag', key) || !isArchived(after, 'flag', key)) return [];
  const referrers = referrersOf(after, 'flag', key).filter(
    ({ by }) =>
      (by.kind === 'flag' && !isArchived(after, 'flag', by.key)) ||
      (by.kind === 'guard' && (by.value as Guard).target !== null),
  );
  return goneErrors(referrers, 'flag', key).map((error) => ({ ...error, field: 'archived' }));
}

function isArchived(documents: Documents, kind: Kind, key: string): boolean {
  return kind === 'flag' && documents.value('flag', key)?.archived === true;
}

function isReferent(kind: Kind): kind is Referent {
  return kind === 'flag' || kind === 'segment' || kind === 'route' || kind === 'guard';
}

function goneErrors(referrers: readonly Referrer[], kind: Referent, key: string): UserError[] {
  if (referrers.length === 0) return [];
  const who = referrers.map(({ by, reference }) => `${by.kind} "${by.key}" (${reference.field})`);
  const message = `The ${kind} "${key}" is used by ${listed(who)}: change those first.`;
  return [{ field: 'key', message, code: 'REFERENCED' }];
}

function lostErrors(referrers: readonly Referrer[], kind: Referent, lost: ReadonlySet<string>): UserError[] {
  const part = kind === 'flag' ? 'variants' : 'versions';
  return referrers.flatMap(({ by, reference }) =>
    reference.names
      .filter((name) => lost.has(name))
      .map((name) =>
        dangling(
          `${part}.${name}`,
          `"${name}" is used by ${by.kind} "${by.key}" (${reference.field}): change that first, or keep it.`,
        ),
      ),
  );
}

function listed(items: readonly string[]): string {
  const shown = [...new Set(items)].slice(0, 5);
  const more = items.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
