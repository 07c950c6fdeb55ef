import type {
  Change,
  Commit,
  Committed,
  Idempotency,
  LeaseProof,
  Recalled,
  StateEdit,
  StoredState,
} from '../domain/change.js';
import type { Image } from '../domain/image.js';
import type { UnitCounts, UnitSighting } from '../domain/units.js';

/** Where a watcher stands: all up to `revision` of `epoch` is known to it. */
export interface Cursor {
  readonly epoch: string;
  readonly revision: number;
}

/** Told by `watch`, in order, one call at a time. Throwing from a listener is a bug and is logged, never retried. */
export interface Watcher {
  /** The next change of the log; `image` is the scope after it. */
  change(change: Change, image: Image): void;
  /** History can't be continued (other epoch, cursor trimmed, ahead, or over 1,000 changes back): here is everything. */
  reset(image: Image): void;
  /** State under `key` changed; `image.states` holds it. May be told late or merged, never lost for good. */
  state?(key: string, image: Image): void;
  /** The store went away (false) or came back (true). The image stays the last known. */
  connected?(connected: boolean): void;
}

/** Counts of one series in one window, both additive. */
export interface Count {
  readonly count: number;
  readonly sum: number;
}

/** Additions of one SDK batch. `window` is the window's number: floor(store time / 5 s), set by the store. */
export interface CountBatch {
  /** Random id of the client process and the number of this batch in it, from 1: each pair is applied once. */
  readonly client: string;
  readonly sequence: number;
  readonly counts: readonly { readonly series: string; readonly count: number; readonly sum: number }[];
  /** Evaluations of flags, added up by hour of the store's time and kept for weeks. Default none. */
  readonly evaluations?: readonly Evaluations[];
}

/** How often a flag answered a variant. */
export interface Evaluations {
  readonly flag: string;
  readonly variant: string;
  readonly count: number;
}

/** What a counter or histogram told at one moment, as it was pushed to us. */
export interface MetricPoint {
  /** Identity of who told it; all that he tells at a moment comes together. */
  readonly target: string;
  /** Identity of the series; it has one point for each `time`. */
  readonly series: string;
  readonly metric: string;
  readonly labels: { readonly [name: string]: string };
  /** What is counted happened in (start, time], the sender's clock, epoch ms. `start` 0: unknown. */
  readonly start: number;
  readonly time: number;
  /** Whether it counts since the point before it, rather than since the series began. */
  readonly isDelta: boolean;
  /** Count of a counter, or of a histogram's observations. */
  readonly value: number;
  /** Of a histogram: the sum of what was observed, unless it isn't told; of a counter: its value. */
  readonly sum?: number | undefined;
  /** Of a histogram: upper bounds without +Inf, and how many in each bucket, one more than bounds. */
  readonly bounds?: readonly number[] | undefined;
  readonly buckets?: readonly number[] | undefined;
}

/** `at`: when it came, store time, epoch ms. */
export interface ReceivedPoint extends MetricPoint {
  readonly at: number;
}

/** How often a flag answered each variant, by hour: floor(store time / 1 h). Hours and variants without are left out. */
export type HourlyUsage = ReadonlyMap<number, ReadonlyMap<string, number>>;

/** What is kept of one verdict (JSON). */
export interface KeptEntry {
  readonly id: string;
  readonly entry: unknown;
}

/** When flags were last evaluated, store time in epoch ms, as far back as usage is kept. */
export interface LastSeen {
  /** Since when evaluations are counted in this environment; null: none were yet. */
  readonly since: number | null;
  /** Flag → variant → when. */
  readonly flags: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

export interface HistoryPage {
  readonly changes: readonly Change[];
  /** More of them lie beyond the last one. */
  readonly more: boolean;
}

/**
 * The one store, and the bus: documents with a numbered change log per scope, state with compare-and-set, counts,
 * leases. Two adapters (Redis, embedded) pass one contract suite.
 *
 * Every method rejects with a `Problem`: STORE_UNAVAILABLE when the store can't be reached (for a write: it may or may
 * not have happened; an idempotency key tells), STORE_LOST when it has no record of a scope known to exist.
 */
export abstract class Store {
  /** Connects, runs migrations, loads the registry; waits as long as the store is away. Rejects with STORE_LOCKED, STORE_LAYOUT, STORE_SETTINGS, STORE_LOST (no registry, and none may be made). */
  abstract open(): Promise<void>;
  abstract close(): Promise<void>;
  /** Whether the store answered last time. False: images are stale, writes are refused. */
  abstract readonly connected: boolean;

  /**
   * Whether `scope` can be decided on and written: the store answers and its record of the scope is the one known here.
   * False: the image is stale. One scope that is lost says nothing of the others.
   */
  abstract available(scope: string): boolean;

  /** Store time, epoch milliseconds. */
  abstract now(): Promise<number>;

  /**
   * Everything of a scope, from memory once loaded, including each own commit that has resolved. Served while the store
   * is away. NOT_FOUND for an unregistered environment.
   */
  abstract image(scope: string): Promise<Image>;

  /**
   * Writes all or nothing. Rejects with STALE_REVISION (`current` = the document or state that won), STALE_LEASE,
   * IDEMPOTENCY_KEY_REUSED. Resolves once durable as the adapter promises, with the image already showing it.
   */
  abstract commit(scope: string, commit: Commit): Promise<Committed>;

  /**
   * What was committed under an idempotency key within the last 24 h, whichever process did it; null for nothing. Rejects
   * with IDEMPOTENCY_KEY_REUSED where that was for another input.
   */
  abstract recall(scope: string, idempotency: Pick<Idempotency, 'key' | 'input'>): Promise<Recalled | null>;

  /** Creates an environment: its slot first (new epoch, revision 1, `commit` as the first change), then the registry entry. DUPLICATE_KEY. */
  abstract createEnvironment(environment: string, description: string, commit: Commit): Promise<Committed>;

  /** Tells `watcher` everything after `from` (null: a reset with the present image first), then goes on. Returns how to stop. */
  abstract watch(scope: string, from: Cursor | null, watcher: Watcher): Promise<() => void>;

  /** Changes with revision < `before` (newest first) matching `document` (`flag/x`: written by, or what the event is about) if given. */
  abstract history(
    scope: string,
    query: { readonly before?: number; readonly limit: number; readonly document?: string },
  ): Promise<HistoryPage>;

  /**
   * A person's word that a store without a record of `scope` (omitted: of each scope so lost) is right: environments
   * begin anew and empty, the registry is written again from memory; a record of another history is taken as it is. The
   * one write allowed while it is STORE_LOST; without effect on a scope that isn't. STORE_UNAVAILABLE, NOT_FOUND.
   */
  abstract confirmEmpty(scope?: string, by?: Pick<Commit, 'actor' | 'reason'>): Promise<void>;

  /** Reads one state key past the memory. */
  abstract readState(scope: string, key: string): Promise<StoredState | null>;
  /** Writes one state key; STALE_REVISION (`current` = the StoredState that stands, or null), STALE_LEASE. */
  abstract writeState(scope: string, edit: StateEdit, lease?: LeaseProof): Promise<StoredState | null>;

  /** Adds a batch once; false when that (client, sequence) was applied before. Windows expire after an hour. */
  abstract addCounts(scope: string, batch: CountBatch): Promise<boolean>;
  /** Counts of `series` in windows `from` … `to` inclusive (window numbers, 5 s each). Absent = zero = left out. */
  abstract readCounts(
    scope: string,
    series: readonly string[],
    from: number,
    to: number,
  ): Promise<ReadonlyMap<number, ReadonlyMap<string, Count>>>;

  /**
   * Notes units of one series (`unitSeriesName`) in the present window. Each unit counts once: for the first exposure that
   * arrives, and for the first of each event within the longest attribution window after it; so the same again changes
   * nothing. An event that comes up to a minute before its exposure waits for it. Of many units a part is kept, the same
   * hashes of every variant (`hashLimit`). Forgotten a week after the last.
   */
  abstract addUnits(scope: string, series: string, seen: readonly UnitSighting[]): Promise<void>;
  /** Units of a series first exposed in windows `from` … `to` inclusive, and how all were assigned. */
  abstract readUnits(scope: string, series: string, from: number, to: number): Promise<UnitCounts>;

  /** The verdict that a commit kept under an id; null: none, or not any more. */
  abstract readVerdict(scope: string, id: string): Promise<unknown>;
  /** The newest of them, of all guards or of one, newest first. */
  abstract newestVerdicts(scope: string, limit: number, guard?: string): Promise<readonly KeptEntry[]>;
  /** The newest of those that were kept before the store noted whose they are, newest first: where there are none, that is known at once. */
  abstract unnamedVerdicts(scope: string, limit: number): Promise<readonly KeptEntry[]>;
  /**
   * Keeps points for 15 minutes, each series and time once within its window. False when that window holds
   * `MOST_POINTS` already: then none was kept.
   */
  abstract addPoints(scope: string, points: readonly MetricPoint[]): Promise<boolean>;
  /** Points that came in windows `from` … `to` inclusive (window numbers, 5 s each), in no order. */
  abstract readPoints(scope: string, from: number, to: number): Promise<readonly ReceivedPoint[]>;

  /** Usage of one flag in hours `from` … `to` inclusive. */
  abstract readUsage(scope: string, flag: string, from: number, to: number): Promise<HourlyUsage>;
  abstract readLastSeen(scope: string): Promise<LastSeen>;

  /** Takes or renews a lease for `ttl` ms; its fencing token (rises with each new holder), or null while another holds it. */
  abstract acquireLease(scope: string, name: string, holder: string, ttl: number): Promise<number | null>;
  abstract releaseLease(scope: string, name: string, holder: string): Promise<void>;
}

/** Length of a count window, milliseconds. */
export const COUNT_WINDOW = 5_000;
/** Points that one window of one environment holds at most. */
export const MOST_POINTS = 50_000;
/** Length of an hour of usage, milliseconds. */
export const USAGE_HOUR = 3_600_000;
