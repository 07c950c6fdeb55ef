import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../../../domain/problem.js';
import { JUDGED_FOR, LOGGED_FOR, USED_FOR } from '../ledger.js';
import { ReplicatedStore } from '../replicated-store.js';
import { silent, type StoreLog } from '../store-log.js';
import { RedisConnection } from './redis-connection.js';
import { RedisKeys } from './redis-keys.js';
import { RedisLedger } from './redis-ledger.js';
import { runMigrations } from './redis-migrations.js';
import { checkSettings } from './redis-settings.js';

export interface RedisStoreOptions {
  /** One server, `redis+sentinel:` or `redis+cluster:`; see `readRedisAddress`. */
  readonly url: string;
  /** Replicas of Redis that must have a write before it is acknowledged; default 0. */
  readonly replicas?: number;
  /** Before every key and channel; default `tidegate:`. */
  readonly prefix?: string;
  /** How long the change log is kept, ms; default 400 days. */
  readonly keepLog?: number;
  /** How long verdicts are kept, ms; default 90 days. */
  readonly keepVerdicts?: number;
  /** How long usage is kept, ms; default 90 days. */
  readonly keepUsage?: number;
  /** Whether a registry may be made where there is none; default false: it is STORE_LOST. */
  readonly mayInitialise?: boolean;
  /** How often to look for changes that no wake-up told of, ms; default 1,000. */
  readonly pollEvery?: number;
  readonly log?: StoreLog;
}

/** The store in Redis 7, for many replicas. */
export class RedisStore extends ReplicatedStore {
  readonly #options: RedisStoreOptions;
  readonly #prefix: string;
  readonly #origin = randomBytes(9).toString('base64url');
  #connection: RedisConnection | null = null;
  #ledger: RedisLedger | null = null;
  #poll: NodeJS.Timeout | null = null;
  #loaded = false;
  /** What was said of reading that fails; empty while all can be read. */
  readonly #faults = new Set<string>();

  constructor(options: RedisStoreOptions) {
    super(options.log ?? silent);
    this.#options = options;
    this.#prefix = options.prefix ?? 'tidegate:';
  }

  protected get ledger(): RedisLedger {
    if (this.#ledger) return this.#ledger;
    throw new Problem('STORE_UNAVAILABLE', 'The store is not open');
  }

  /** Waits as long as Redis is away, and logs so. Rejects with STORE_SETTINGS, STORE_LAYOUT, STORE_LOST. */
  async open(): Promise<void> {
    const {
      url,
      replicas = 0,
      keepLog = LOGGED_FOR,
      keepUsage = USED_FOR,
      keepVerdicts = JUDGED_FOR,
      pollEvery = 1_000,
    } = this.#options;
    const keys = new RedisKeys(this.#prefix);
    const connection = new RedisConnection(
      { url, replicas, channel: keys.wake(), log: this.log },
      {
        up: () => void this.#refresh(),
        down: () => this.setReachable(false),
        woken: (message) => void this.#wake(message),
      },
    );
    this.#connection = connection;
    const origin = this.#origin;
    this.#ledger = new RedisLedger(connection, keys, {
      log: keepLog,
      usage: keepUsage,
      verdicts: keepVerdicts,
      origin,
    });
    try {
      while (!(await this.#start(connection, keys))) await sleep(500);
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#poll = setInterval(() => void this.#refresh(), pollEvery).unref();
  }

  async close(): Promise<void> {
    if (this.#poll) clearInterval(this.#poll);
    this.#loaded = false;
    this.#connection?.close();
    this.#connection = null;
    this.#ledger = null;
    this.setReachable(false);
  }

  /** False when the store went away in the middle. */
  async #start(connection: RedisConnection, keys: RedisKeys): Promise<boolean> {
    await connection.ready();
    if (this.#connection === null)
      throw new Problem('STORE_UNAVAILABLE', 'The store was closed before it was open');
    try {
      await checkSettings(connection, this.log);
      await runMigrations({ connection, keys, prefix: this.#prefix, log: this.log });
      await this.loadScopes(this.#options.mayInitialise ?? false);
      this.#loaded = true;
      return true;
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'STORE_UNAVAILABLE') throw error;
      this.#warn('The store could not be opened yet; trying again', { error: error.message });
      return false;
    }
  }

  /** What we wrote ourselves, we know. `message`: scope and origin; none where some may have been missed. */
  async #wake(message?: string): Promise<void> {
    const [scope, origin] = message?.split(' ') ?? [];
    if (origin !== this.#origin) await this.#refresh(scope);
  }

  /** Takes in what others wrote; whether that works is whether the store can be reached. */
  async #refresh(scope?: string): Promise<void> {
    if (!this.#loaded) return;
    const faults = await this.catchUp(scope);
    if (!this.#loaded) return this.setReachable(false);
    const [fault] = faults.values();
    if (fault !== undefined)
      this.#warn('Changes could not be read', { scopes: [...faults.keys()], error: fault.message });
    else if (scope === undefined && this.#faults.size > 0) {
      this.#faults.clear();
      this.log('info', 'Changes are read again', {});
    }
  }

  /** Warns of each fault once until all is well again: what fails is tried again every second. */
  #warn(message: string, fields: Readonly<Record<string, unknown>>): void {
    const fault = message + JSON.stringify(fields);
    if (this.#faults.has(fault)) return;
    this.#faults.add(fault);
    this.log('warn', message, fields);
  }
}
