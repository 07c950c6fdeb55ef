import type { Route } from '@tidegate/sdk/engine';
import { type AnyDocument, type DocumentOf, type Kind, ref, type Ref, type Stored } from './documents.js';
import { PLACEMENT } from './compare-environments.js';
import type { StoredFlag } from './flag.js';
import type { Image } from './image.js';
import { type Plan, refuse } from './plan.js';
import { planChange, type PlanOptions, type ProposedEdit } from './plan-change.js';
import type { UserError } from './problem.js';
import { referencesOf } from './references.js';
import { isOwnedRuleId } from './rollout/owned-rules.js';
import { withEvent } from './told-plan.js';

/** A document that is to be copied, and where errors about it belong. */
export interface Chosen {
  readonly kind: Kind;
  readonly key: string;
  readonly field: string;
}

export interface PromotionOptions extends PlanOptions {
  /** Also copy what the chosen documents name and the target lacks, and what that names. */
  readonly withNeeded: boolean;
  /** Also copy whether flags are enabled and archived, and what routes are closed to. */
  readonly switches: boolean;
  /** Revision of the target that the caller read: another one is STALE_REVISION, also when it comes in between. */
  readonly revision?: number;
}

/** The edits of the target that copying means, or why what was chosen can't be copied: INVALID_INPUT, NOT_FOUND, FLAG_ARCHIVED. */
export function promotionProposals(
  source: Image,
  target: Image,
  chosen: readonly Chosen[],
  { withNeeded, switches }: Pick<PromotionOptions, 'withNeeded' | 'switches'>,
): { readonly proposals: readonly ProposedEdit[] } | { readonly errors: readonly UserError[] } {
  const errors = chosen.flatMap((one) => choiceErrors(source, target, one, switches));
  if (errors.length > 0) return { errors };
  const all = withNeeded ? withAllNeeded(source, target, chosen) : chosen;
  const proposals = all.flatMap(({ kind, key, field }): ProposedEdit[] => {
    const from = source.documents.get(kind, key);
    const present = target.documents.get(kind, key);
    if (from === undefined) return [];
    const value = copied(from, present, switches);
    return [{ kind, key, value, mode: present === undefined ? 'create' : 'update', field }];
  });
  return { proposals };
}

/**
 * Copies documents into another environment, as an edit by a person like any other (codes of `planChange`). What the
 * rollouts of the target own stays, what those of the source own is not copied; no state is. A document that is in the
 * target keeps its switches there (enabled, archived, closed) unless they are asked for, and a route its place and salt;
 * a new flag arrives off.
 */
export function planPromotion(
  source: Image,
  target: Image,
  chosen: readonly Chosen[],
  options: PromotionOptions,
): Plan {
  const { revision } = options;
  if (revision !== undefined && revision !== target.revision) return refuse([movedOn(target, revision)]);
  const read = promotionProposals(source, target, chosen, options);
  if ('errors' in read) return refuse(read.errors);
  const names = read.proposals.map(({ kind, key }) => ref(kind, key));
  const [subject] = names;
  if (subject === undefined) return { errors: [], warnings: [], commit: { edits: [], expected: {} } };
  const evidence = { from: source.scope, fromRevision: source.revision, documents: names };
  const plan = withEvent(planChange(target, read.proposals, options), { kind: 'copy', subject, evidence });
  return revision === undefined || plan.commit === null
    ? plan
    : { ...plan, commit: { ...plan.commit, asOf: revision } };
}

function movedOn({ scope, revision }: Image, read: number): UserError {
  const message = `${scope} is at revision ${revision} by now, not at ${read}: compare again.`;
  return { field: 'expectedRevision', message, code: 'STALE_REVISION' };
}

function choiceErrors(
  source: Image,
  target: Image,
  { kind, key, field }: Chosen,
  switches: boolean,
): UserError[] {
  if (kind === 'settings') {
    const message = 'Settings belong to one environment: set them there.';
    return [{ field, message, code: 'INVALID_INPUT' }];
  }
  const stored = source.documents.get(kind, key);
  if (stored === undefined) {
    return [{ field, message: `There is no ${kind} "${key}" in ${source.scope}.`, code: 'NOT_FOUND' }];
  }
  const isNew = target.documents.get(kind, key) === undefined;
  if (kind !== 'flag' || switches || !isNew || (stored.value as StoredFlag).archived !== true) return [];
  const message = `Flag "${key}" is archived in ${source.scope}: restore it first, or leave it out.`;
  return [{ field, message, code: 'FLAG_ARCHIVED' }];
}

function withAllNeeded(source: Image, target: Image, chosen: readonly Chosen[]): Chosen[] {
  const all = new Map<Ref, Chosen>(chosen.map((one) => [ref(one.kind, one.key), one]));
  // A map's iterator also visits what is added on the way.
  for (const { kind, key } of all.values()) {
    const stored = source.documents.get(kind, key);
    for (const named of stored === undefined ? [] : referencesOf(stored)) {
      const name = ref(named.kind, named.key);
      if (all.has(name) || target.documents.get(named.kind, named.key) !== undefined) continue;
      if (source.documents.get(named.kind, named.key) === undefined) continue;
      all.set(name, { kind: named.kind, key: named.key, field: 'withNeeded' });
    }
  }
  return [...all.values()];
}

function copied(from: Stored, to: Stored | undefined, switches: boolean): AnyDocument {
  if (from.kind === 'flag')
    return copiedFlag(from.value as StoredFlag, to?.value as StoredFlag | undefined, switches);
  if (from.kind === 'route')
    return copiedRoute(from.value as Route, to?.value as Route | undefined, switches);
  return from.value;
}

function copiedFlag(from: StoredFlag, to: StoredFlag | undefined, switches: boolean): DocumentOf<'flag'> {
  const rules = withOwned(from.rules, to?.rules ?? []);
  if (switches) return { ...from, rules };
  const archived = to?.archived ?? false;

  return { ...from, rules, enabled: to?.enabled ?? false, archived };
}

function copiedRoute(from: Route, to: Route | undefined, switches: boolean): Route {
  const rules = withOwned(from.rules, to?.rules ?? []);
  const { mirror: _, ...unmirrored } = from;
  const placed = to === undefined ? {} : Object.fromEntries(PLACEMENT.map((name) => [name, to[name]]));
  const closed = switches ? from.closed : (to?.closed ?? null);
  return { ...unmirrored, rules, ...placed, closed };
}

/** The rules of the source that no rollout owns, and the target's that one does, last. */
function withOwned<R extends { readonly id: string }>(from: readonly R[], to: readonly R[]): R[] {
  return [...from.filter(({ id }) => !isOwnedRuleId(id)), ...to.filter(({ id }) => isOwnedRuleId(id))];
}
