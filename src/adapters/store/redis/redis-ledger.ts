import type { Change, StoredState } from '../../../domain/change.js';
import { evidenceNaming } from '../../../domain/event-subjects.js';
import { REGISTRY } from '../../../domain/image.js';
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
import {
  COUNTED_FOR,
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
import { concerns } from '../concerns.js';
import type { LedgerCommit } from '../ledger-commit.js';
import { commitArguments, type Act } from './commit-plan.js';
import type { RedisConnection } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import {
  readEntry,
  readLoaded,
  readOutcome,
  readPulled,
  readRemembered,
  readState,
  texts,
  type Reply,
} from './replies.js';
import { unitArguments, unitKeys, unitsOf } from './redis-units.js';
import { keepPoints, pointsOf } from './redis-points.js';
import { lastSeen, usageAddition, usageOf } from './redis-usage.js';
import { newestVerdicts, newestVerdictsOf, verdictOf } from './redis-verdicts.js';
import type { ScriptName } from './scripts.js';

/** Changes that one history script looks at. */
const LOOKED_AT = 1_000;

/** How long things are kept, ms, and who sends wake-ups, so that he can tell them from those of others. */
export interface RedisLedgerOptions {
  readonly log: number;
  readonly usage: number;
  readonly verdicts: number;
  readonly origin: string;
}

/** The ledger in Redis, each act one script. */
export class RedisLedger implements Ledger {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #options: RedisLedgerOptions;
  /** The store's clock minus ours, ms; good enough to guess the present window of counts. */
  #ahead = 0;

  constructor(connection: RedisConnection, keys: RedisKeys, options: RedisLedgerOptions) {
    this.#connection = connection;
    this.#keys = keys;
    this.#options = options;
  }

  async now(): Promise<number> {
    const [seconds, microseconds] = texts(await this.#script('time', [this.#keys.meta(REGISTRY)]));
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  }

  async load(scope: string): Promise<LoadedScope | null> {
    const keys = this.#keys;
    return readLoaded(
      await this.#script('load', [
        keys.meta(scope),
        keys.documents(scope),
        keys.states(scope),
        keys.listed(scope),
      ]),
    );
  }

  async pull(scope: string, { epoch, revision, touched }: Position): Promise<Pulled> {
    const keys = this.#keys;
    const read = [keys.meta(scope), keys.log(scope), keys.states(scope), keys.touched(scope)];
    return readPulled(await this.#script('pull', read, [epoch, revision, touched, REPLAYED]));
  }

  async log(scope: string, from: number, to: number): Promise<readonly LogEntry[]> {
    const entries = await this.#connection.run((redis) =>
      redis.xrange(this.#keys.log(scope), `${from}-0`, `${to}-0`),
    );
    return entries.map(([, fields]) => readEntry(fields[3] ?? '', fields[7] ?? ''));
  }

  async commit(scope: string, commit: LedgerCommit, epoch: string): Promise<Outcome> {
    return readOutcome(await this.#act(scope, commit, { act: 'commit', epoch }), commit);
  }

  async create(scope: string, { epochs, claim, commit }: Creation): Promise<boolean> {
    return texts(await this.#act(scope, commit, { act: 'create', epochs, claim }))[0] === 'committed';
  }

  async renew(scope: string, { from, epochs, commit }: Renewal): Promise<boolean> {
    return texts(await this.#act(scope, commit, { act: 'renew', epochs, from }))[0] === 'committed';
  }

  async remembered(scope: string, key: string): Promise<Remembered | null> {
    const known = await this.#connection.run((redis) => redis.get(this.#keys.request(scope, key)));
    if (known === null) return null;
    // Whoever wrote it may have been told that replicas don't have it.
    if (this.#connection.confirms)
      await this.#connection.write({ name: 'confirm', keys: [this.#keys.meta(scope)], args: [] });
    return readRemembered(known);
  }

  async history(scope: string, { before, limit, document = '' }: HistoryQuery): Promise<HistoryPage> {
    const changes: Change[] = [];
    // Redis has no name for a place before its first one.
    if (before !== undefined && before < 1) return { changes, more: false };
    let from = before === undefined ? '+' : `(${before}-0`;
    while (from !== '' && changes.length <= limit) {
      const wanted = limit + 1 - changes.length;
      const reply = await this.#script(
        'history',
        [this.#keys.log(scope)],
        [from, wanted, document, LOOKED_AT, ...(document === '' ? [] : evidenceNaming(document))],
      );
      const [next = '', ...found] = texts(reply);
      const read = found.map((text) => JSON.parse(text) as Change);
      changes.push(...read.filter((change) => document === '' || concerns(change, document)));
      from = next;
    }
    return { changes: changes.slice(0, limit), more: changes.length > limit };
  }

  async readState(scope: string, key: string): Promise<StoredState | null> {
    const stored = await this.#connection.run((redis) => redis.hget(this.#keys.states(scope), key));
    return stored === null ? null : readState(key, stored);
  }

  async addCounts(
    scope: string,
    { client, sequence, counts, evaluations = [] }: CountBatch,
  ): Promise<boolean> {
    const added = counts.flatMap(({ series, count, sum }) => [series, count, sum]);
    for (;;) {
      const now = Date.now() + this.#ahead;
      const first = Math.floor(now / COUNT_WINDOW) - 1;
      const windows = [first, first + 1, first + 2].map((window) => this.#keys.counts(scope, window));
      const usage = usageAddition(this.#keys, { scope, evaluations, now, keep: this.#options.usage });
      const keys = [this.#keys.client(scope, client), ...windows, this.#keys.meta(scope), ...usage.keys];
      const args = [sequence, first, COUNT_WINDOW, COUNTED_FOR, REMEMBERED_FOR, usage.plan, ...added];
      const [outcome, time] = texts(await this.#script('count', keys, args));
      if (outcome !== 'window') return outcome === 'applied';
      this.#ahead = Number(time) - Date.now();
    }
  }

  async readCounts(
    scope: string,
    series: readonly string[],
    from: number,
    to: number,
  ): Promise<ReadonlyMap<number, ReadonlyMap<string, Count>>> {
    const fields = series.flatMap((name) => [`c${name}`, `s${name}`]);
    const windows = new Map<number, ReadonlyMap<string, Count>>();
    if (fields.length === 0) return windows;
    const numbers = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
    const replies = await this.#connection.run((redis) =>
      Promise.all(numbers.map((window) => redis.hmget(this.#keys.counts(scope, window), ...fields))),
    );
    for (const [index, values] of replies.entries()) {
      const counts = countsOf(series, values);
      if (counts.size > 0) windows.set(from + index, counts);
    }
    return windows;
  }

  async addUnits(scope: string, series: string, seen: readonly UnitSighting[]): Promise<void> {
    await this.#script('units', unitKeys(this.#keys, scope, series), unitArguments(seen));
  }

  readUnits(scope: string, series: string, from: number, to: number): Promise<UnitCounts> {
    return this.#connection.run((redis) => unitsOf(redis, this.#keys, { scope, series, from, to }));
  }

  async readVerdict(scope: string, id: string): Promise<unknown> {
    const oldest = await this.#oldestVerdict();
    return this.#connection.run((redis) => verdictOf(redis, this.#keys.verdicts(scope), oldest, id));
  }

  async newestVerdicts(scope: string, limit: number, guard?: string): Promise<readonly KeptEntry[]> {
    const wanted = { key: this.#keys.verdicts(scope), oldest: await this.#oldestVerdict(), limit };
    if (guard === undefined) return this.#connection.run((redis) => newestVerdicts(redis, wanted));
    const index = this.#keys.verdictsOf(scope, guard);
    return this.#connection.run((redis) => newestVerdictsOf(redis, wanted, index));
  }

  async unnamedVerdicts(scope: string, limit: number): Promise<readonly KeptEntry[]> {
    const wanted = { key: this.#keys.verdicts(scope), oldest: await this.#oldestVerdict(), limit };
    return this.#connection.run(async (redis) =>
      newestVerdicts(redis, wanted, await redis.hget(this.#keys.meta(scope), 'namedFrom')),
    );
  }

  async addPoints(scope: string, points: readonly MetricPoint[]): Promise<boolean> {
    for (;;) {
      const call = keepPoints(this.#keys, scope, points, Date.now() + this.#ahead);
      const [outcome, time] = texts(await this.#connection.script(call));
      if (outcome !== 'window') return outcome === 'kept';
      this.#ahead = Number(time) - Date.now();
    }
  }

  async readPoints(scope: string, from: number, to: number): Promise<readonly ReceivedPoint[]> {
    const numbers = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
    const windows = await this.#connection.run((redis) =>
      Promise.all(numbers.map((window) => pointsOf(redis, this.#keys.points(scope, window)))),
    );
    return windows.flat();
  }

  readUsage(scope: string, flag: string, from: number, to: number): Promise<HourlyUsage> {
    return this.#connection.run((redis) => usageOf(redis, this.#keys, { scope, flag, from, to }));
  }

  async readLastSeen(scope: string): Promise<LastSeen> {
    const now = await this.now();
    return this.#connection.run((redis) =>
      lastSeen(redis, this.#keys, { scope, from: now - this.#options.usage, to: now }),
    );
  }

  async acquireLease(scope: string, { name, holder, instance, ttl }: LeaseRequest): Promise<number | null> {
    const token = await this.#lease(scope, [name, holder, instance || '-', Math.max(1, ttl)]);
    return token === '' ? null : Number(token);
  }

  async releaseLease(scope: string, { name, holder, instance }: LeaseHolder): Promise<void> {
    await this.#lease(scope, [name, holder, instance || '-', 0]);
  }

  async #oldestVerdict(): Promise<number> {
    return Math.max(0, (await this.now()) - this.#options.verdicts);
  }

  #lease(scope: string, args: readonly (string | number)[]): Promise<Reply> {
    return this.#script('lease', [this.#keys.meta(scope), this.#keys.leases(scope)], args);
  }

  #act(scope: string, commit: LedgerCommit | null, act: Act): Promise<Reply> {
    const keys = this.#keys;
    const written = [
      keys.meta(scope),
      keys.documents(scope),
      keys.log(scope),
      keys.states(scope),
      keys.touched(scope),
      keys.leases(scope),
      keys.request(scope, commit?.idempotency?.key ?? ''),
      keys.listed(scope),
      keys.verdicts(scope),
      keys.verdictsOf(scope, commit?.verdict?.guard ?? ''),
    ];
    const options = {
      keepLog: this.#options.log,
      keepVerdicts: this.#options.verdicts,
      wake: [keys.wake(), `${scope} ${this.#options.origin}`] as const,
      confirmed: this.#connection.confirms,
    };
    return this.#connection.write({
      name: 'commit',
      keys: written,
      args: commitArguments(commit, act, options),
    });
  }

  #script(
    name: ScriptName,
    keys: readonly string[],
    args: readonly (string | number)[] = [],
  ): Promise<Reply> {
    return this.#connection.script({ name, keys, args });
  }
}

function countsOf(series: readonly string[], values: readonly (string | null)[]): Map<string, Count> {
  const counts = new Map<string, Count>();
  for (const [index, name] of series.entries()) {
    const count = values[2 * index] ?? null;
    if (count !== null) counts.set(name, { count: Number(count), sum: Number(values[2 * index + 1]) });
  }
  return counts;
}
