import type { Documents, Edit, Kind, Ref } from './documents.js';
import { ref } from './documents.js';
import type { Image } from './image.js';
import { fieldOf } from './issue-errors.js';
import { type ConfigurationKind, isConfigurationKind, parseDocument } from './parse-document.js';
import { killOf } from './kill.js';
import type { ErrorCode } from './error-code.js';
import type { UserError } from './problem.js';
import { parseSegment, withKeysEdit } from './segment-proposal.js';

/** One document as somebody wants it. */
export interface ProposedEdit {
  readonly kind: Kind;
  readonly key: string;
  /** The whole document, still to be parsed; in mode `keys` a `SegmentKeysEdit`; not looked at in a deletion. */
  readonly value: unknown;
  readonly mode: 'create' | 'update' | 'keys' | 'delete';
  /** Put before the field of each error and warning; empty for none. */
  readonly field: string;
}

/** An edit that was read from a proposal, and where errors about it belong. */
export interface PlacedEdit {
  readonly edit: Edit;
  readonly field: string;
}

type Expected = { readonly [ref: Ref]: number };

/**
 * The edits that proposals mean, or what is wrong with them one by one: a kind that no environment has, one document
 * twice, a key that exists or does not, another revision than the caller read, a document that can't be parsed. A kill is
 * not parsed.
 */
export function readProposals(
  image: Image,
  proposals: readonly ProposedEdit[],
  expected: Expected,
): { readonly placed: readonly PlacedEdit[] } | { readonly errors: readonly UserError[] } {
  const errors: UserError[] = [];
  const placed: PlacedEdit[] = [];
  const seen = new Set<Ref>();
  for (const proposal of proposals) {
    const name = ref(proposal.kind, proposal.key);
    const read = seen.has(name)
      ? [
          fault(
            proposal,
            'key',
            'DUPLICATE_KEY',
            `The ${title(proposal)} is in this change twice: put it in once.`,
          ),
        ]
      : readProposal(image, proposal, expected[name]);
    seen.add(name);
    if (Array.isArray(read)) errors.push(...read);
    else placed.push({ edit: read, field: proposal.field });
  }
  return errors.length > 0 ? { errors } : { placed };
}

function readProposal(
  image: Image,
  proposal: ProposedEdit,
  expected: number | undefined,
): UserError[] | Edit {
  const { kind, key, mode } = proposal;
  if (!isConfigurationKind(kind))
    return [
      fault(proposal, 'kind', 'INVALID_INPUT', `Documents of kind "${kind}" are not part of an environment.`),
    ];
  const absent = presenceFault(image.documents, proposal) ?? staleFault(image.documents, proposal, expected);
  if (absent !== null) return [absent];
  if (mode === 'delete') return { kind, key, value: null };
  const kill = killOf(image.documents, proposal);
  if (kill !== null) return kill;
  const parsed = parseProposal(image.documents, kind, proposal);
  if ('errors' in parsed) return [...parsed.errors];
  if (parsed.value.key === key) return { kind, key, value: parsed.value } as Edit;
  const message = `The key of a document can't change from "${key}": create another document instead.`;
  return [fault(proposal, 'key', 'INVALID_INPUT', message)];
}

function parseProposal(
  documents: Documents,
  kind: ConfigurationKind,
  { key, value, mode, field }: ProposedEdit,
): ReturnType<typeof parseDocument> {
  if (kind !== 'segment') return parseDocument(kind, value, field);
  const standing = documents.value(kind, key);
  return mode === 'keys' && standing !== undefined
    ? withKeysEdit(standing, value, field)
    : parseSegment(value, standing, field);
}

function presenceFault(documents: Documents, proposal: ProposedEdit): UserError | null {
  const { kind, key, mode } = proposal;
  const present = documents.get(kind, key) !== undefined;
  if (present === (mode !== 'create')) return null;
  return present
    ? fault(
        proposal,
        'key',
        'DUPLICATE_KEY',
        `There is a ${title(proposal)} already: choose another key, or update it.`,
      )
    : fault(proposal, 'key', 'NOT_FOUND', `There is no ${title(proposal)} here.`);
}

function staleFault(
  documents: Documents,
  proposal: ProposedEdit,
  expected: number | undefined,
): UserError | null {
  const revision = documents.get(proposal.kind, proposal.key)?.revision ?? 0;
  if (expected === undefined || expected === revision) return null;
  const message = `The ${title(proposal)} is at revision ${revision} by now, not at ${expected}: read it again.`;
  return fault(proposal, 'expectedRevision', 'STALE_REVISION', message);
}

function title({ kind, key }: ProposedEdit): string {
  return `${kind} "${key}"`;
}

function fault({ field }: ProposedEdit, name: string, code: ErrorCode, message: string): UserError {
  return { field: fieldOf(field, [name]), message, code };
}
