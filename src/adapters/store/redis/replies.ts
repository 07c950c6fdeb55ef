import type { Change, Commit, StoredState } from '../../../domain/change.js';
import type { Kind, Ref, Stored } from '../../../domain/documents.js';
import { Problem } from '../../../domain/problem.js';
import type { LoadedScope, LogEntry, Outcome, Pulled } from '../ledger.js';
import { parseEpochs } from './commit-plan.js';

/** What scripts answer: strings, numbers, and lists of these. */
export type Reply = string | number | null | readonly Reply[];

export function readOutcome(reply: Reply, commit: Commit): Outcome {
  const [kind = '', ...rest] = texts(reply);
  const [first = '', second = ''] = rest;
  switch (kind) {
    case 'committed':
    case 'repeated':
      return {
        kind: 'committed',
        epoch: first,
        revision: Number(second),
        repeated: kind === 'repeated',
        states: rest.slice(2).map(Number),
      };
    case 'stale':
      return { kind, ref: first as Ref, current: second === '' ? null : readDocument(first, second) };
    case 'stale-state':
      return { kind, key: first, current: second === '' ? null : readState(first, second) };
    case 'stale-lease':
      return { kind, lease: commit.lease ?? { name: '', token: 0 } };
    case 'reused':
    case 'moved':
    case 'absent':
      return { kind };
    default:
      throw new Problem('GENERAL', `commit.lua answered "${kind}"`);
  }
}

export function readLoaded(reply: Reply): LoadedScope | null {
  const [epoch, epochs, revision, touched, restarted, documents, states] = list(reply);
  if (epoch === undefined) return null;
  return {
    epoch: String(epoch),
    epochs: parseEpochs(String(epochs)),
    revision: Number(revision),
    touched: Number(touched),
    restarted: restarted === 1,
    documents: pairs(documents).map(([ref, stored]) => readDocument(ref, stored)),
    states: pairs(states).map(([key, stored]) => readState(key, stored)),
  };
}

export function readPulled(reply: Reply): Pulled {
  const [kind, reached, touched, present, entries, states] = list(reply);
  if (kind === 'absent' || kind === 'moved') return { kind };
  return {
    kind: 'changes',
    touched: Number(touched),
    entries: pairs(entries).map(([was, change]) => readEntry(was, change)),
    states: pairs(states).map(([key, stored]) => ({
      key,
      state: stored === '' ? null : readState(key, stored),
    })),
    more: Number(reached) < Number(present),
  };
}

export function readEntry(was: string, change: string): LogEntry {
  return {
    change: JSON.parse(change) as Change,
    was: was === '' ? [] : was.split(',').map(Number),
  };
}

export function readState(key: string, stored: string): StoredState {
  const { revision, value } = readStored(stored);
  return { key, revision, value };
}

export function texts(reply: Reply | undefined): string[] {
  return list(reply).map(String);
}

function readDocument(ref: string, stored: string): Stored {
  const slash = ref.indexOf('/');
  const { revision, value } = readStored(stored);
  return {
    kind: ref.slice(0, slash) as Kind,
    key: ref.slice(slash + 1),
    revision,
    value: value as Stored['value'],
  };
}

/** `<revision> <JSON>` */
function readStored(stored: string): { readonly revision: number; readonly value: unknown } {
  const blank = stored.indexOf(' ');
  return { revision: Number(stored.slice(0, blank)), value: JSON.parse(stored.slice(blank + 1)) };
}

function list(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? (reply as readonly Reply[]) : [];
}

function pairs(reply: Reply | undefined): [string, string][] {
  const flat = texts(reply);
  return Array.from({ length: flat.length / 2 }, (_, index) => [
    flat[2 * index] ?? '',
    flat[2 * index + 1] ?? '',
  ]);
}
