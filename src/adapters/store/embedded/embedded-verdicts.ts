import { VERDICT_ID, type VerdictEntry } from '../../../domain/change.js';
import type { KeptEntry } from '../../../ports/store.js';
import type { LedgerCommit } from '../ledger-commit.js';
import { embeddedKeys } from './embedded-keys.js';
import type { Draft, EmbeddedDatabase } from './write-queue.js';

/** Entries that one more removes at most, once they are too old. */
const TRIMMED_AT_ONCE = 100;

/** Entries of a scope, and the time before which they are too old, epoch ms. */
interface Kept {
  readonly database: EmbeddedDatabase;
  readonly scope: string;
  readonly oldest: number;
}

/** The commit at a time (epoch ms) with its verdict kept, and the id in its place: `<ms>-<number within it>`. */
export function withVerdict(draft: Draft, kept: Kept, commit: LedgerCommit, at: number): LedgerCommit {
  if (commit.verdict === undefined) return commit;
  const id = keepVerdict(draft, kept, commit.verdict, at);
  const { event, state } = commit;
  return { ...commit, ...(event && { event: named(event, id) }), ...(state && { state: named(state, id) }) };
}

/** The same value, with an id wherever `VERDICT_ID` stands for it. */
function named<T>(value: T, id: string): T {
  if (value === VERDICT_ID) return id as T;
  if (Array.isArray(value)) return value.map((one: unknown) => named(one, id)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, named<unknown>(one, id)])) as T;
}

function keepVerdict(
  draft: Draft,
  { database, scope, oldest }: Kept,
  { guard, entry }: VerdictEntry,
  at: number,
): string {
  const old = { start: embeddedKeys.verdict(scope, 0, 0), end: embeddedKeys.verdict(scope, oldest, 0) };
  for (const key of database.getKeys({ ...old, limit: TRIMMED_AT_ONCE })) draft.remove(key);
  let number = 0;
  while (draft.get(embeddedKeys.verdict(scope, at, number)) !== undefined) number += 1;
  draft.put(embeddedKeys.verdict(scope, at, number), entry);
  draft.put(embeddedKeys.judged(scope, guard, at, number), true);
  if (draft.get(embeddedKeys.named(scope)) === undefined) draft.put(embeddedKeys.named(scope), [at, number]);
  return `${at}-${number}`;
}

/** The entry of an id; null: there is none, or it is too old. */
export function verdictOf({ database, scope, oldest }: Kept, id: string): unknown {
  const [at = 0, number = 0] = id.split('-').map(Number);
  return at < oldest ? null : (database.get(embeddedKeys.verdict(scope, at, number)) ?? null);
}

/** The newest entries, newest first. */
export function newestVerdicts(kept: Kept, limit: number): KeptEntry[] {
  return newestUpTo(kept, [Number.MAX_SAFE_INTEGER, 0], limit);
}

/** The newest of those of which it is not noted whose they are, newest first. */
export function unnamedVerdicts(kept: Kept, limit: number): KeptEntry[] {
  const named = kept.database.get(embeddedKeys.named(kept.scope)) as readonly [number, number] | undefined;
  if (named === undefined) return newestVerdicts(kept, limit);
  return newestUpTo(kept, [named[0], named[1] - 1], limit);
}

function newestUpTo(
  { database, scope, oldest }: Kept,
  [at, number]: readonly [at: number, number: number],
  limit: number,
): KeptEntry[] {
  const range = {
    start: embeddedKeys.verdict(scope, at, number),
    end: embeddedKeys.verdict(scope, oldest, -1),
    reverse: true,
    limit,
  };
  return [...database.getRange(range)].map(({ key, value }) => ({
    id: `${String(key[2])}-${String(key[3])}`,
    entry: value,
  }));
}

/** Those of one guard, newest first. */
export function newestVerdictsOf(
  { database, scope, oldest }: Kept,
  guard: string,
  limit: number,
): KeptEntry[] {
  const range = {
    start: embeddedKeys.judged(scope, guard, Number.MAX_SAFE_INTEGER, 0),
    end: embeddedKeys.judged(scope, guard, oldest, -1),
    reverse: true,
    limit,
  };
  return [...database.getKeys(range)].flatMap((key) => {
    const [at, number] = [Number(key[3]), Number(key[4])];
    const entry = database.get(embeddedKeys.verdict(scope, at, number));
    return entry === undefined ? [] : [{ id: `${at}-${number}`, entry }];
  });
}
