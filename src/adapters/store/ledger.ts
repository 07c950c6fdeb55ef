import type { Change, LeaseProof, StateEdit, StoredState } from '../../domain/change.js';
import type { Ref, Stored } from '../../domain/documents.js';
import type { UnitCounts, UnitSighting } from '../../domain/units.js';
import type {
  Count,
  CountBatch,
  HistoryPage,
  HourlyUsage,
  KeptEntry,
  LastSeen,
  MetricPoint,
  ReceivedPoint,
} from '../../ports/store.js';
import type { LedgerCommit } from './ledger-commit.js';

/** A new random epoch began at this revision. */
export interface EpochStart {
  readonly epoch: string;
  readonly revision: number;
}

/** What a replica knows of a scope. `touched` counts writes of state, so that missed ones can be asked for. */
export interface Position {
  readonly epoch: string;
  readonly revision: number;
  readonly touched: number;
}

/** All of a scope at one moment. */
export interface LoadedScope extends Position {
  readonly documents: readonly Stored[];
  readonly states: readonly StoredState[];
  /** The epochs so far, oldest first, the present one last. At most 50 are kept. */
  readonly epochs: readonly EpochStart[];
  /** The store was started anew since the epoch began: it may have lost its last writes, so the epoch is over. */
  readonly restarted: boolean;
}

/** A change as logged; `was` holds the revision of each of its documents before it, 0 = absent. */
export interface LogEntry {
  readonly change: Change;
  readonly was: readonly number[];
}

/** A state key that was written; `state` is what stands now, null = deleted. */
export interface TouchedState {
  readonly key: string;
  readonly state: StoredState | null;
}

/** What came after a position. `moved`: can't be told step by step, load everything. */
export type Pulled =
  | {
      readonly kind: 'changes';
      /** How far writes of state are told. */
      readonly touched: number;
      readonly entries: readonly LogEntry[];
      readonly states: readonly TouchedState[];
      /** There is more: pull again. */
      readonly more: boolean;
    }
  | { readonly kind: 'moved' }
  | { readonly kind: 'absent' };

/** What became of a commit. Nothing is written but in the first case. */
export type Outcome =
  | {
      readonly kind: 'committed';
      readonly epoch: string;
      readonly revision: number;
      readonly repeated: boolean;
      /** New revision of each state edit, 0 = deleted. Empty when repeated. */
      readonly states: readonly number[];
      /** The change as logged; null where none was, and when repeated. */
      readonly entry: LogEntry | null;
    }
  | { readonly kind: 'stale'; readonly ref: Ref }
  | { readonly kind: 'stale-state'; readonly key: string; readonly current: StoredState | null }
  /** The scope is not at the revision that the commit names with `asOf`. */
  | { readonly kind: 'stale-scope' }
  | { readonly kind: 'stale-lease'; readonly lease: LeaseProof }
  | { readonly kind: 'reused' }
  | { readonly kind: 'moved' }
  | { readonly kind: 'absent' };

/** Makes the slot of a scope anew, whatever was in it. */
export interface Creation {
  readonly epochs: readonly EpochStart[];
  /** Fencing token of the creator; a slot claimed by a later one is left alone. Null: only where there is no slot. */
  readonly claim: number | null;
  /** The first change, or null for a slot of revision 0. */
  readonly commit: LedgerCommit | null;
}

/** Begins a new epoch, in place of the one that was read at this position, with a first change if there is one. */
export interface Renewal {
  readonly from: EpochStart;
  readonly epochs: readonly EpochStart[];
  readonly commit: LedgerCommit | null;
}

/** The answer that is remembered for an idempotency key. */
export interface Remembered extends EpochStart {
  readonly input: string;
  /** JSON; null for none. */
  readonly answer: unknown;
}

/**
 * What a store must be able to do with one scope at a time; `ReplicatedStore` makes the port of it. Every method
 * rejects with STORE_UNAVAILABLE when the store can't be reached. None knows of images or of the registry.
 */
export interface Ledger {
  now(): Promise<number>;
  load(scope: string): Promise<LoadedScope | null>;
  pull(scope: string, from: Position): Promise<Pulled>;
  /** Entries of the present log with revisions `from` … `to` inclusive; trimmed ones are missing. */
  log(scope: string, from: number, to: number): Promise<readonly LogEntry[]>;
  commit(scope: string, commit: LedgerCommit, epoch: string): Promise<Outcome>;
  /** False when it was not made: claimed by a later creator, or there already. */
  create(scope: string, creation: Creation): Promise<boolean>;
  /** False when the scope isn't at `from` any more: somebody else was faster. */
  renew(scope: string, renewal: Renewal): Promise<boolean>;
  remembered(scope: string, key: string): Promise<Remembered | null>;
  history(scope: string, query: HistoryQuery): Promise<HistoryPage>;
  readState(scope: string, key: string): Promise<StoredState | null>;
  addCounts(scope: string, batch: CountBatch): Promise<boolean>;
  readCounts(
    scope: string,
    series: readonly string[],
    from: number,
    to: number,
  ): Promise<ReadonlyMap<number, ReadonlyMap<string, Count>>>;
  addUnits(scope: string, series: string, seen: readonly UnitSighting[]): Promise<void>;
  readUnits(scope: string, series: string, from: number, to: number): Promise<UnitCounts>;
  readVerdict(scope: string, id: string): Promise<unknown>;
  newestVerdicts(scope: string, limit: number, guard?: string): Promise<readonly KeptEntry[]>;
  unnamedVerdicts(scope: string, limit: number): Promise<readonly KeptEntry[]>;
  addPoints(scope: string, points: readonly MetricPoint[]): Promise<boolean>;
  readPoints(scope: string, from: number, to: number): Promise<readonly ReceivedPoint[]>;
  readUsage(scope: string, flag: string, from: number, to: number): Promise<HourlyUsage>;
  readLastSeen(scope: string): Promise<LastSeen>;
  acquireLease(scope: string, lease: LeaseRequest): Promise<number | null>;
  releaseLease(scope: string, lease: LeaseHolder): Promise<void>;
}

export interface HistoryQuery {
  readonly before?: number;
  readonly limit: number;
  readonly document?: string;
}

/** Who holds a lease: `instance` tells a restarted process from the one before it of the same name. */
export interface LeaseHolder {
  readonly name: string;
  readonly holder: string;
  readonly instance: string;
}

export interface LeaseRequest extends LeaseHolder {
  /** Milliseconds. */
  readonly ttl: number;
}

/** The commit that writes one state key and nothing else. */
export function stateCommit(edit: StateEdit, lease: LeaseProof | undefined): LedgerCommit {
  return { edits: [], state: [edit], expected: {}, lease, epoch: edit.epoch, actor: '', reason: '' };
}

/** How long answers to idempotency keys, and the last sequence of a client that sends counts, are kept: ms. */
export const REMEMBERED_FOR = 24 * 3_600_000;
/** How long counts are kept after their window: ms. */
export const COUNTED_FOR = 3_600_000;
/** How long units are kept after the last that was seen of their series: ms. */
export const UNITS_FOR = 7 * 24 * 3_600_000;
/** How long cohorts are kept after their window, so that the longest attribution window has passed: ms. */
export const COHORTS_FOR = 26 * 3_600_000;
/** How long an event waits for the exposure of its unit: ms. */
export const EVENT_WAITS = 60_000;
/** How long points of pushed metrics are kept after their window: ms. */
export const POINTS_KEPT_FOR = 15 * 60_000;
/** How long the change log is kept by default: ms. */
export const LOGGED_FOR = 400 * 24 * 3_600_000;
/** How long usage is kept by default: ms. */
export const USED_FOR = 90 * 24 * 3_600_000;
/** How long what verdicts were decided on is kept, ms, where nobody says otherwise. */
export const JUDGED_FOR = 90 * 24 * 3_600_000;
/** Hours of usage that share a record: a day. */
export const HOURS_OF_DAY = 24;
/** Changes that are told one by one to a watcher who was away, and read at once. */
export const REPLAYED = 1_000;
/** Epochs that a scope remembers. */
export const EPOCHS_KEPT = 50;
