import type { Change, DocumentChange, StoredState } from '../../../domain/change.js';
import { ref, type Ref, type Stored } from '../../../domain/documents.js';
import type { LedgerCommit, LedgerEdit } from '../ledger-commit.js';
import { REMEMBERED_FOR, type LogEntry, type Outcome } from '../ledger.js';
import { embeddedKeys } from './embedded-keys.js';
import type { LeaseRecord, Meta, RequestRecord } from './records.js';
import type { Draft } from './write-queue.js';

/** What a commit is applied with. `anew`: as the first change of a fresh slot, so it always takes a revision. */
export interface Applying {
  readonly scope: string;
  readonly meta: Meta;
  readonly commit: LedgerCommit;
  readonly now: number;
  readonly anew: boolean;
}

/** Why a commit can't be applied, or null; also answers what is remembered for its idempotency key. */
export function checkCommit(
  draft: Draft,
  { scope, commit, meta, now }: Applying,
  epoch: string,
): Outcome | null {
  return (
    checkRequest(draft, scope, commit, now) ??
    (epoch === epochOf(meta) ? null : { kind: 'moved' }) ??
    checkLease(draft, scope, commit, epoch) ??
    (commit.asOf === undefined || commit.asOf === meta.revision ? null : { kind: 'stale-scope' }) ??
    checkDocuments(draft, scope, commit) ??
    checkStates(draft, scope, commit)
  );
}

/** Writes a commit that was checked; the slot's new record is among what is written. */
export function applyCommit(draft: Draft, applying: Applying): Extract<Outcome, { kind: 'committed' }> {
  const { scope, meta, commit, now } = applying;
  const takes = applying.anew || commit.edits.length > 0 || commit.event !== undefined;
  const revision = takes ? meta.revision + 1 : meta.revision;
  const entry = takes ? writeDocuments(draft, applying, revision) : null;
  if (entry !== null) draft.put(embeddedKeys.log(scope, revision), entry);
  const states = writeStates(draft, scope, commit);
  const epoch = epochOf(meta);
  if (commit.idempotency) {
    const { input, answer = null } = commit.idempotency;
    const record: RequestRecord = { input, answer, epoch, revision, at: now };
    draft.put(embeddedKeys.request(scope, commit.idempotency.key), record);
  }
  draft.put(embeddedKeys.meta(scope), { ...meta, revision });
  return { kind: 'committed', epoch, revision, repeated: false, states, entry };
}

export function epochOf(meta: Meta): string {
  return meta.epochs.at(-1)?.epoch ?? '';
}

function checkRequest(
  draft: Draft,
  scope: string,
  { idempotency }: LedgerCommit,
  now: number,
): Outcome | null {
  if (idempotency === undefined) return null;
  const known = draft.get<RequestRecord>(embeddedKeys.request(scope, idempotency.key));
  if (known === undefined || known.at + REMEMBERED_FOR <= now) return null;
  if (known.input !== idempotency.input) return { kind: 'reused' };
  const { epoch, revision } = known;
  return { kind: 'committed', epoch, revision, repeated: true, states: [], entry: null };
}

function checkLease(draft: Draft, scope: string, { lease }: LedgerCommit, epoch: string): Outcome | null {
  if (lease === undefined) return null;
  const held = draft.get<LeaseRecord>(embeddedKeys.lease(scope, lease.name));
  return held?.token === lease.token && held.epoch === epoch ? null : { kind: 'stale-lease', lease };
}

function checkDocuments(draft: Draft, scope: string, { expected, unchanged }: LedgerCommit): Outcome | null {
  const read = [...Object.entries(expected), ...Object.entries(unchanged ?? {})] as [Ref, number][];
  for (const [name, revision] of read) {
    const current = draft.get<Stored>(embeddedKeys.document(scope, name));
    if ((current?.revision ?? 0) !== revision) return { kind: 'stale', ref: name };
  }
  return null;
}

function checkStates(draft: Draft, scope: string, commit: LedgerCommit): Outcome | null {
  for (const { key, expected } of commit.state ?? []) {
    const current = draft.get<StoredState>(embeddedKeys.state(scope, key)) ?? null;
    if (expected !== undefined && (current?.revision ?? 0) !== expected)
      return { kind: 'stale-state', key, current };
  }
  return null;
}

function writeDocuments(draft: Draft, { scope, commit, now }: Applying, revision: number): LogEntry {
  const was: number[] = [];
  const documents = commit.edits.map((edit): DocumentChange => {
    const { kind, key, value, keys } = edit;
    const at = embeddedKeys.document(scope, ref(kind, key));
    const before = draft.get<Stored>(at);
    was.push(before?.revision ?? 0);
    if (value === null) draft.remove(at);
    else draft.put(at, { kind, key, revision, value });
    writeLists(draft, scope, edit);
    return {
      kind,
      key,
      before: before?.value ?? null,
      after: value,
      ...(keys === undefined ? {} : { keys }),
    };
  });
  const { actor, reason, event = null } = commit;
  const change: Change = { revision, at: now, actor, reason, documents, event };
  return { change, was };
}

function writeLists(draft: Draft, scope: string, { key: segment, keys }: LedgerEdit): void {
  if (keys === undefined) return;
  const { included, excluded } = keys;
  for (const key of [...included.removed, ...excluded.removed])
    draft.remove(embeddedKeys.listed(scope, segment, key));
  for (const key of included.added) draft.put(embeddedKeys.listed(scope, segment, key), ['i', key]);
  for (const key of excluded.added) draft.put(embeddedKeys.listed(scope, segment, key), ['e', key]);
}

function writeStates(draft: Draft, scope: string, commit: LedgerCommit): number[] {
  return (commit.state ?? []).map(({ key, value }) => {
    const at = embeddedKeys.state(scope, key);
    const revision = (draft.get<StoredState>(at)?.revision ?? 0) + 1;
    if (value === null) draft.remove(at);
    else draft.put(at, { key, revision, value });
    return value === null ? 0 : revision;
  });
}
