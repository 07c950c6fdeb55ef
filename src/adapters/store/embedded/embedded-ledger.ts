import type { StoredState } from '../../../domain/change.js';
import type { Stored } from '../../../domain/documents.js';
import { Problem } from '../../../domain/problem.js';
import type { UnitCounts, UnitSighting } from '../../../domain/units.js';
import {
  COUNT_WINDOW,
  type Count,
  type CountBatch,
  type HistoryPage,
  type HourlyUsage,
  type KeptEntry,
  type LastSeen,
  type MetricPoint,
  type ReceivedPoint,
} from '../../../ports/store.js';
import type { LedgerCommit } from '../ledger-commit.js';
import {
  REMEMBERED_FOR,
  REPLAYED,
  type Creation,
  type HistoryQuery,
  type LeaseHolder,
  type LeaseRequest,
  type Ledger,
  type LoadedScope,
  type LogEntry,
  type Outcome,
  type Position,
  type Pulled,
  type Remembered,
  type Renewal,
} from '../ledger.js';
import { EmbeddedClock } from './embedded-clock.js';
import { applyCommit, checkCommit, epochOf } from './embedded-commit.js';
import { SegmentLists, type ListMark } from '../segment-lists.js';
import { below, embeddedKeys } from './embedded-keys.js';
import { pageOf } from './embedded-history.js';
import { addUnits, unitsOf } from './embedded-units.js';
import { EmbeddedPoints } from './embedded-points.js';
import { addUsage, lastSeen, usageOf } from './embedded-usage.js';
import {
  newestVerdicts,
  newestVerdictsOf,
  unnamedVerdicts,
  verdictOf,
  withVerdict,
} from './embedded-verdicts.js';
import type { ClientRecord, LeaseRecord, Meta, RequestRecord } from './records.js';
import { TouchedStates } from './touched-states.js';
import { WriteQueue, type Draft, type EmbeddedDatabase } from './write-queue.js';

/** Entries of the log that one commit removes at most, once they are too old. */
const TRIMMED_AT_ONCE = 2;

/** How long things are kept, ms. */
export interface EmbeddedKeeping {
  readonly log: number;
  readonly verdicts: number;
}

/** The ledger in LMDB, for one process. */
export class EmbeddedLedger implements Ledger {
  readonly #database: EmbeddedDatabase;
  readonly #queue: WriteQueue;
  readonly #owner: string;
  readonly #keep: EmbeddedKeeping;
  readonly #clock: EmbeddedClock;
  readonly #touched = new TouchedStates();
  readonly #points = new EmbeddedPoints();

  /** `owner`: what this process has written as its mark. */
  constructor(
    database: EmbeddedDatabase,
    owner: string,
    keep: EmbeddedKeeping,
    clock: EmbeddedClock = new EmbeddedClock(),
  ) {
    this.#database = database;
    this.#queue = new WriteQueue(database);
    this.#owner = owner;
    this.#keep = keep;
    this.#clock = clock;
  }

  async now(): Promise<number> {
    return this.#now();
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async load(scope: string): Promise<LoadedScope | null> {
    const meta = this.#meta(scope);
    if (meta === undefined) return null;
    return {
      epoch: epochOf(meta),
      revision: meta.revision,
      touched: this.#touched.latest(scope),
      documents: this.#documents(scope),
      states: this.#values<StoredState>(scope, 'state'),
      epochs: meta.epochs,
      restarted: false,
    };
  }

  async pull(scope: string, from: Position): Promise<Pulled> {
    const meta = this.#meta(scope);
    if (meta === undefined) return { kind: 'absent' };
    const trimmed = from.revision < meta.revision && meta.oldest > from.revision + 1;
    if (epochOf(meta) !== from.epoch || meta.revision < from.revision || trimmed) return { kind: 'moved' };
    const to = Math.min(meta.revision, from.revision + REPLAYED);
    const states = this.#touched.after(scope, from.touched).map((key) => ({
      key,
      state: (this.#database.get(embeddedKeys.state(scope, key)) as StoredState | undefined) ?? null,
    }));
    return {
      kind: 'changes',
      touched: this.#touched.latest(scope),
      entries: this.#entries(scope, from.revision + 1, to),
      states,
      more: to < meta.revision,
    };
  }

  async log(scope: string, from: number, to: number): Promise<readonly LogEntry[]> {
    return this.#entries(scope, from, to);
  }

  async commit(scope: string, commit: LedgerCommit, epoch: string): Promise<Outcome> {
    const outcome = await this.#write((draft): Outcome => {
      const meta = draft.get<Meta>(embeddedKeys.meta(scope));
      if (meta === undefined) return { kind: 'absent' };
      const now = this.#now();
      const refused = checkCommit(draft, { scope, meta, commit, now, anew: false }, epoch);
      if (refused) return refused;
      const trimmed = this.#trim(draft, scope, meta, now);
      const kept = withVerdict(draft, this.#verdicts(scope), commit, now);
      return applyCommit(draft, { scope, meta: trimmed, commit: kept, now, anew: false });
    });
    if (outcome.kind === 'committed' && !outcome.repeated) this.#touch(scope, commit);
    return outcome;
  }

  create(scope: string, { epochs, claim, commit }: Creation): Promise<boolean> {
    return this.#write((draft) => {
      const standing = draft.get<Meta>(embeddedKeys.meta(scope));
      if (standing !== undefined && (claim === null || standing.claim > claim)) return false;
      for (const key of this.#database.getKeys(below(scope))) draft.remove(key);
      const meta: Meta = { epochs, revision: 0, claim: claim ?? 0, oldest: 1 };
      draft.put(embeddedKeys.meta(scope), meta);
      if (commit) applyCommit(draft, { scope, meta, commit, now: this.#now(), anew: true });
      return true;
    });
  }

  async renew(scope: string, { from, epochs, commit }: Renewal): Promise<boolean> {
    const renewed = await this.#write((draft) => {
      const standing = draft.get<Meta>(embeddedKeys.meta(scope));
      if (standing === undefined || epochOf(standing) !== from.epoch || standing.revision !== from.revision)
        return false;
      const meta = { ...standing, epochs };
      draft.put(embeddedKeys.meta(scope), meta);
      if (commit) applyCommit(draft, { scope, meta, commit, now: this.#now(), anew: false });
      return true;
    });
    if (renewed && commit) this.#touch(scope, commit);
    return renewed;
  }

  async remembered(scope: string, key: string): Promise<Remembered | null> {
    const known = this.#database.get(embeddedKeys.request(scope, key)) as RequestRecord | undefined;
    return known === undefined || known.at + REMEMBERED_FOR <= this.#now() ? null : known;
  }

  async history(scope: string, query: HistoryQuery): Promise<HistoryPage> {
    return pageOf(this.#database, scope, query);
  }

  async readState(scope: string, key: string): Promise<StoredState | null> {
    return (this.#database.get(embeddedKeys.state(scope, key)) as StoredState | undefined) ?? null;
  }

  addCounts(scope: string, { client, sequence, counts, evaluations = [] }: CountBatch): Promise<boolean> {
    return this.#write((draft) => {
      const now = this.#now();
      const at = embeddedKeys.client(scope, client);
      if ((draft.get<ClientRecord>(at)?.sequence ?? 0) >= sequence) return false;
      draft.put(at, { sequence, at: now } satisfies ClientRecord);
      for (const { series, count, sum } of counts) {
        const key = embeddedKeys.count(scope, Math.floor(now / COUNT_WINDOW), series);
        const known = draft.get<Count>(key);
        draft.put(key, { count: (known?.count ?? 0) + count, sum: (known?.sum ?? 0) + sum });
      }
      addUsage(draft, scope, evaluations, now);
      return true;
    });
  }

  async readCounts(
    scope: string,
    series: readonly string[],
    from: number,
    to: number,
  ): Promise<ReadonlyMap<number, ReadonlyMap<string, Count>>> {
    const windows = new Map<number, Map<string, Count>>();
    for (let window = from; window <= to; window += 1) {
      const counts = new Map<string, Count>();
      for (const name of series) {
        const count = this.#database.get(embeddedKeys.count(scope, window, name)) as Count | undefined;
        if (count) counts.set(name, count);
      }
      if (counts.size > 0) windows.set(window, counts);
    }
    return windows;
  }

  addUnits(scope: string, series: string, seen: readonly UnitSighting[]): Promise<void> {
    return this.#write((draft) => addUnits(draft, { scope, series, now: this.#now() }, seen));
  }

  async readUnits(scope: string, series: string, from: number, to: number): Promise<UnitCounts> {
    return unitsOf(this.#database, { scope, series }, { from, to });
  }

  async readVerdict(scope: string, id: string): Promise<unknown> {
    return verdictOf(this.#verdicts(scope), id);
  }

  async newestVerdicts(scope: string, limit: number, guard?: string): Promise<readonly KeptEntry[]> {
    const kept = this.#verdicts(scope);
    return guard === undefined ? newestVerdicts(kept, limit) : newestVerdictsOf(kept, guard, limit);
  }

  async unnamedVerdicts(scope: string, limit: number): Promise<readonly KeptEntry[]> {
    return unnamedVerdicts(this.#verdicts(scope), limit);
  }

  addPoints(scope: string, points: readonly MetricPoint[]): Promise<boolean> {
    return this.#write((draft) => this.#points.add(draft, scope, points, this.#now()));
  }

  async readPoints(scope: string, from: number, to: number): Promise<readonly ReceivedPoint[]> {
    return this.#points.read(this.#database, scope, from, to);
  }

  async readUsage(scope: string, flag: string, from: number, to: number): Promise<HourlyUsage> {
    return usageOf(this.#database, scope, flag, { from, to });
  }

  async readLastSeen(scope: string): Promise<LastSeen> {
    return lastSeen(this.#database, scope, this.#meta(scope)?.countedSince ?? null);
  }

  acquireLease(scope: string, { name, holder, instance, ttl }: LeaseRequest): Promise<number | null> {
    return this.#write((draft) => {
      const now = this.#now();
      const at = embeddedKeys.lease(scope, name);
      const held = draft.get<LeaseRecord>(at);
      const meta = draft.get<Meta>(embeddedKeys.meta(scope));
      const epoch = meta ? epochOf(meta) : '';
      const runs = held !== undefined && lives(held, now, ttl) && held.epoch === epoch;
      if (runs && held.holder !== holder) return null;
      // Tokens follow the clock, so that they rise even where an earlier record was lost.
      const renewed = runs && held.instance === instance;
      const token = renewed ? held.token : Math.max((held?.token ?? 0) + 1, now);
      draft.put(at, { holder, instance, token, epoch, until: now + ttl } satisfies LeaseRecord);
      return token;
    });
  }

  releaseLease(scope: string, { name, holder, instance }: LeaseHolder): Promise<void> {
    return this.#write((draft) => {
      const at = embeddedKeys.lease(scope, name);
      const held = draft.get<LeaseRecord>(at);
      if (held?.holder === holder && held.instance === instance)
        draft.put(at, { ...held, holder: '', instance: '', until: 0 } satisfies LeaseRecord);
    });
  }

  #write<T>(decide: (draft: Draft) => T): Promise<T> {
    return this.#queue.write((draft) => {
      if (draft.get(embeddedKeys.owner()) !== this.#owner)
        throw new Problem('STORE_LOCKED', 'Another process has taken over the embedded store');
      return decide(draft);
    });
  }

  #trim(draft: Draft, scope: string, meta: Meta, now: number): Meta {
    let { oldest } = meta;
    for (let removed = 0; removed < TRIMMED_AT_ONCE && oldest <= meta.revision; removed += 1) {
      const entry = draft.get<LogEntry>(embeddedKeys.log(scope, oldest));
      if (entry !== undefined && entry.change.at > now - this.#keep.log) break;
      draft.remove(embeddedKeys.log(scope, oldest));
      oldest += 1;
    }
    return { ...meta, oldest };
  }

  #verdicts(scope: string): Parameters<typeof verdictOf>[0] {
    return { database: this.#database, scope, oldest: Math.max(0, this.#now() - this.#keep.verdicts) };
  }

  #touch(scope: string, commit: LedgerCommit): void {
    for (const { key } of commit.state ?? []) this.#touched.touch(scope, key);
  }

  #meta(scope: string): Meta | undefined {
    return this.#database.get(embeddedKeys.meta(scope)) as Meta | undefined;
  }

  #documents(scope: string): Stored[] {
    const lists = new SegmentLists();
    for (const { key, value } of this.#database.getRange(below(scope, 'listed'))) {
      const [mark, listed] = value as [ListMark, string];
      lists.add(String(key[2]), listed, mark);
    }
    return this.#values<Stored>(scope, 'document').map((stored) => lists.whole(stored));
  }

  #values<T>(scope: string, what: string): T[] {
    return [...this.#database.getRange(below(scope, what))].map(({ value }) => value as T);
  }

  #entries(scope: string, from: number, to: number): LogEntry[] {
    const range = { start: embeddedKeys.log(scope, from), end: embeddedKeys.log(scope, to + 1) };
    return [...this.#database.getRange(range)].map(({ value }) => value as LogEntry);
  }

  /** Never goes back within a process: what is logged later must not seem earlier. */
  #now(): number {
    return this.#clock.now();
  }
}

/** More is left than anybody asks for where the clock was set back; the holder may be long gone then. */
function lives({ until }: LeaseRecord, now: number, ttl: number): boolean {
  const left = until - now;
  return left > 0 && left <= 2 * ttl;
}
