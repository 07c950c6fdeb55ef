import type { Change, StoredState } from '../../../domain/change.js';
import type { Kind, Ref, Stored } from '../../../domain/documents.js';
import { Problem } from '../../../domain/problem.js';
import type { LedgerCommit } from '../ledger-commit.js';
import type { LoadedScope, LogEntry, Outcome, Pulled, Remembered } from '../ledger.js';
import { SegmentLists } from '../segment-lists.js';
import { parseEpochs } from './commit-plan.js';

/** What scripts answer: strings, numbers, and lists of these. */
export type Reply = string | number | null | readonly Reply[];

const OUTCOMES: Record<string, (rest: readonly string[], commit: LedgerCommit) => Outcome> = {
  committed: (rest) => committed(rest, false),
  repeated: (rest) => committed(rest, true),
  stale: ([ref = '']) => ({ kind: 'stale', ref: ref as Ref }),
  'stale-state': ([key = '', stored = '']) => ({
    kind: 'stale-state',
    key,
    current: stored === '' ? null : readState(key, stored),
  }),
  'stale-lease': (_, { lease }) => ({ kind: 'stale-lease', lease: lease ?? { name: '', token: 0 } }),
  'stale-scope': () => ({ kind: 'stale-scope' }),
  reused: () => ({ kind: 'reused' }),
  moved: () => ({ kind: 'moved' }),
  absent: () => ({ kind: 'absent' }),
};

export function readOutcome(reply: Reply, commit: LedgerCommit): Outcome {
  const [kind = '', ...rest] = texts(reply);
  const read = OUTCOMES[kind];
  if (read === undefined) throw new Problem('GENERAL', `commit.lua answered "${kind}"`);
  return read(rest, commit);
}

function committed(
  [epoch = '', revision, was = '', change = '', ...states]: readonly string[],
  repeated: boolean,
): Outcome {
  return {
    kind: 'committed',
    epoch,
    revision: Number(revision),
    repeated,
    states: states.map(Number),
    entry: change === '' ? null : readEntry(was, change),
  };
}

export function readLoaded(reply: Reply): LoadedScope | null {
  const [epoch, epochs, revision, touched, restarted, documents, states, listed] = list(reply);
  if (epoch === undefined) return null;
  const lists = readLists(listed);
  return {
    epoch: String(epoch),
    epochs: parseEpochs(String(epochs)),
    revision: Number(revision),
    touched: Number(touched),
    restarted: restarted === 1,
    documents: pairs(documents).map(([ref, stored]) => lists.whole(readDocument(ref, stored))),
    states: pairs(states).map(([key, stored]) => readState(key, stored)),
  };
}

/** Pairs of `<segment> <targeting key>` and the list that it is in. */
function readLists(listed: Reply | undefined): SegmentLists {
  const lists = new SegmentLists();
  for (const [name, mark] of pairs(listed)) {
    const blank = name.indexOf(' ');
    lists.add(name.slice(0, blank), name.slice(blank + 1), mark);
  }
  return lists;
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

/** As commit.lua keeps it: `<epoch> <revision> <input> <JSON of the answer>`. */
export function readRemembered(kept: string): Remembered {
  const [, epoch = '', revision, input = '', answer] = /^(\S+) (\d+) (\S*) ?(.*)$/s.exec(kept) ?? [];
  return {
    epoch,
    revision: Number(revision),
    input,
    answer: answer ? (JSON.parse(answer) as unknown) : null,
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
