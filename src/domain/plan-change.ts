import type { Documents, Edit, Kind, Ref } from './documents.js';
import { ref } from './documents.js';
import { cycleErrors } from './cycles.js';
import type { Image } from './image.js';
import { fieldOf } from './issue-errors.js';
import { isConfigurationKind, parseDocument } from './parse-document.js';
import { type Plan, refuse } from './plan.js';
import type { UserError } from './problem.js';
import { danglingErrors, referencesOf, takenErrors } from './references.js';
import { followUps, ownershipErrors } from './rollout/ownership.js';
import { isSameJson } from './same-json.js';

/** One document as somebody wants it. */
export interface ProposedEdit {
  readonly kind: Kind;
  readonly key: string;
  /** The whole document, still to be parsed; null deletes it. */
  readonly value: unknown;
  readonly mode: 'create' | 'update' | 'delete';
  /** Put before the field of each error and warning; empty for none. */
  readonly field: string;
}

export interface PlanOptions {
  /** Store time, epoch milliseconds. */
  readonly now: number;
  /** Who asks: `token:<key>`. */
  readonly actor: string;
  /** Revisions that the caller read, by document; others are taken as the image has them. */
  readonly expected?: { readonly [ref: Ref]: number };
}

/** An edit and where it was asked for. */
interface Placed {
  readonly edit: Edit;
  readonly field: string;
}

/**
 * Decides on edits of documents by people: all of them, or none with all that is wrong. Parses each document, checks what
 * it names and who names it, and lets the rollouts say what is theirs and what comes with it. A document that stays as it
 * is makes no edit.
 */
export function planChange(image: Image, proposals: readonly ProposedEdit[], options: PlanOptions): Plan {
  const errors: UserError[] = [];
  const placed: Placed[] = [];
  for (const [index, proposal] of proposals.entries()) {
    const present = presenceError(image, proposal, proposals.slice(0, index), options);
    if (present !== null) errors.push(present);
    else {
      const read = readProposal(proposal);
      if ('errors' in read) errors.push(...read.errors);
      else placed.push({ edit: read.edit, field: proposal.field });
    }
  }
  if (errors.length > 0) return refuse(errors);
  const changed = placed.filter(
    ({ edit }) => !isSameJson(edit.value, image.documents.value(edit.kind, edit.key) ?? null),
  );
  const edits = changed.map(({ edit }) => edit);
  const after = image.documents.with(edits, image.revision + 1);
  errors.push(...changed.flatMap((one) => checkErrors(after, one)), ...ownershipErrorsOf(image, changed));
  if (errors.length > 0) return refuse(errors);
  return { errors: [], warnings: [], commit: commitOf(image, edits, after, options.now) };
}

function presenceError(
  image: Image,
  { kind, key, mode, field }: ProposedEdit,
  earlier: readonly ProposedEdit[],
  { expected }: PlanOptions,
): UserError | null {
  const at = fieldOf(field, ['key']);
  if (!isConfigurationKind(kind)) {
    return {
      field: fieldOf(field, ['kind']),
      message: `Documents of kind ${kind} are not part of an environment.`,
      code: 'INVALID_INPUT',
    };
  }
  if (earlier.some((other) => other.kind === kind && other.key === key)) {
    return {
      field: at,
      message: `The ${kind} "${key}" is in this change twice; put it in once.`,
      code: 'DUPLICATE_KEY',
    };
  }
  const revision = image.documents.get(kind, key)?.revision ?? 0;
  if (mode === 'create' && revision > 0) {
    return {
      field: at,
      message: `There is a ${kind} "${key}" already: choose another key, or update it.`,
      code: 'DUPLICATE_KEY',
    };
  }
  if (mode !== 'create' && revision === 0) {
    return { field: at, message: `There is no ${kind} "${key}" here.`, code: 'NOT_FOUND' };
  }
  const read = expected?.[ref(kind, key)];
  if (read === undefined || read === revision) return null;
  return {
    field: fieldOf(field, ['expectedRevision']),
    message: `The ${kind} "${key}" is at revision ${revision} now, not ${read}: read it again.`,
    code: 'STALE_REVISION',
  };
}

function readProposal({
  kind,
  key,
  value,
  mode,
  field,
}: ProposedEdit): { edit: Edit } | { errors: readonly UserError[] } {
  if (mode === 'delete') return { edit: { kind, key, value: null } as Edit };
  if (!isConfigurationKind(kind)) return { errors: [] };
  const parsed = parseDocument(kind, value, field);
  if ('errors' in parsed) return parsed;
  if (parsed.value.key === key) return { edit: { kind, key, value: parsed.value } as Edit };
  const message = `The key of a document can't change: it is "${key}". Create another one instead.`;
  return { errors: [{ field: fieldOf(field, ['key']), message, code: 'INVALID_INPUT' }] };
}

function checkErrors(after: Documents, { edit: { kind, key }, field }: Placed): UserError[] {
  const document = after.get(kind, key);
  return [
    ...(document === undefined ? [] : danglingErrors(after, document, field)),
    ...takenErrors(after, kind, key, field),
    ...(kind === 'flag' || kind === 'segment' ? cycleErrors(after, kind, key, field) : []),
  ];
}

function ownershipErrorsOf(image: Image, placed: readonly Placed[]): UserError[] {
  return placed.flatMap(({ edit, field }) =>
    ownershipErrors(image, [edit]).map((error) => ({ ...error, field: fieldOf(field, [error.field]) })),
  );
}

function commitOf(
  image: Image,
  given: readonly Edit[],
  after: Documents,
  now: number,
): NonNullable<Plan['commit']> {
  const { edits: further, state, event } = followUps(image, given, now);
  const written = new Map<Ref, Edit>();
  for (const edit of [...given, ...further]) written.set(ref(edit.kind, edit.key), edit);
  const revisions = (refs: Iterable<Ref>): Record<Ref, number> => {
    const result: Record<Ref, number> = {};
    for (const name of refs) {
      const [kind, key] = name.split(/\/(.*)/s) as [Kind, string];
      result[name] = image.documents.get(kind, key)?.revision ?? 0;
    }
    return result;
  };
  const read = new Set<Ref>();
  for (const { kind, key } of given) collectReferred(after, kind, key, read);
  return {
    edits: [...written.values()],
    ...(state.length > 0 ? { state } : {}),
    ...(event === undefined ? {} : { event }),
    expected: revisions(written.keys()),
    unchanged: revisions([...read].filter((name) => !written.has(name))),
  };
}

function collectReferred(documents: Documents, kind: Kind, key: string, into: Set<Ref>): void {
  const document = documents.get(kind, key);
  if (document === undefined) return;
  for (const reference of referencesOf(document)) {
    const name = ref(reference.kind, reference.key);
    if (into.has(name)) continue;
    into.add(name);
    collectReferred(documents, reference.kind, reference.key, into);
  }
}
