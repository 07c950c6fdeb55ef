import { basisOf } from './commit-basis.js';
import { documentErrors } from './document-checks.js';
import type { Edit, Ref } from './documents.js';
import { ref } from './documents.js';
import type { Image } from './image.js';
import { fieldOf } from './issue-errors.js';
import { killOf } from './kill.js';
import { type Plan, refuse } from './plan.js';
import type { UserError } from './problem.js';
import { type PlacedEdit, type ProposedEdit, readProposals } from './proposal.js';
import { followUps, ownershipErrors } from './rollout/ownership.js';
import { isSameJson } from './same-json.js';
import type { ForeignRoute } from './route-checks.js';
import type { SourceSetup } from './source-setup.js';
import { warningsOf } from './warnings.js';

export type { ProposedEdit };

export interface PlanOptions {
  /** Store time, epoch milliseconds. */
  readonly now: number;
  /** Who asks: `token:<key>`. */
  readonly actor: string;
  /** Revisions that the caller read, by document; others are taken as the image has them. */
  readonly expected?: { readonly [ref: Ref]: number };
  /**
   * Routes of other environments, so that a host that they have is refused now and not when it is applied. Looked at only
   * where a route gets another place (`isPlacedAnew`).
   */
  readonly others?: readonly ForeignRoute[];
  /** What the service was told of the sources that guards read; absent where it is not known. */
  readonly setup?: SourceSetup;
}

/**
 * Decides on edits of documents by people: all of them, or none and all that is wrong. Parses each document, checks it by
 * itself, what it names, who names it, and whether the mesh can say it; then the rollouts say what is theirs and what
 * comes with it. A document that stays as it is makes no edit. What only turns a flag off or closes a route is neither
 * parsed nor checked again: it is refused for what is not there and for STALE_REVISION, and a route that is closed already
 * for leaving the version that a latched guard closed it to (GUARD_TRIPPED).
 *
 * Codes: INVALID_INPUT, INVALID_KEY, RESERVED_NAME, DUPLICATE_KEY, NOT_FOUND, STALE_REVISION, DANGLING_REFERENCE,
 * REFERENCED, CYCLE, WEIGHTS_SUM, UNSAFE_PATTERN, TOO_LARGE, NOT_EXPRESSIBLE, HOST_TAKEN, IDENTITY_PAIR_IN_USE,
 * SAME_ARMS, LAST_STEP_NOT_FULL, GUARD_NEEDS_ROUTE, GUARD_NEEDS_FLAG, GUARD_ACTION, and those of `ownershipErrors`.
 */
export function planChange(image: Image, proposals: readonly ProposedEdit[], options: PlanOptions): Plan {
  const read = readProposals(image, proposals, options.expected ?? {});
  if ('errors' in read) return refuse(read.errors);
  const placed = read.placed.filter(({ edit }) => !isStanding(image, edit));
  const given = placed.map(({ edit }) => edit);
  const views = {
    before: image.documents,
    after: image.documents.with(given, image.revision + 1),
    foreign: options.others ?? [],
    servers: options.setup?.servers,
  };
  const errors = placed.flatMap((one) => [
    ...(killOf(image.documents, one.edit) === null ? documentErrors(views, one) : []),
    ...ownershipFaults(image, one),
  ]);
  if (errors.length > 0) return refuse(errors);
  const { edits: further, state, event } = followUps(image, given, options.now);
  const written = merged(given, further);
  return {
    errors: [],
    warnings: placed.flatMap(({ edit, field }) =>
      placedAt(field, warningsOf(views.after, edit, options.setup)),
    ),
    commit: {
      edits: written,
      ...(state.length > 0 ? { state } : {}),
      ...(event === undefined ? {} : { event }),
      ...basisOf(image, given, written),
    },
  };
}

function isStanding(image: Image, { kind, key, value }: Edit): boolean {
  return value !== null && isSameJson(value, image.documents.value(kind, key));
}

function ownershipFaults(image: Image, { edit, field }: PlacedEdit): UserError[] {
  return placedAt(field, ownershipErrors(image, [edit]));
}

function placedAt<T extends { readonly field: string }>(field: string, items: readonly T[]): T[] {
  return items.map((item) => ({ ...item, field: fieldOf(field, item.field === '' ? [] : [item.field]) }));
}

/** What follows takes the place of the given edit of the same document; it contains it. */
function merged(given: readonly Edit[], further: readonly Edit[]): Edit[] {
  const edits = new Map<Ref, Edit>();
  for (const edit of [...given, ...further]) edits.set(ref(edit.kind, edit.key), edit);
  return [...edits.values()];
}
