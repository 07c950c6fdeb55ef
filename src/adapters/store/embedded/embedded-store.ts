import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from 'lmdb';
import { Problem } from '../../../domain/problem.js';
import { JUDGED_FOR, LOGGED_FOR, USED_FOR } from '../ledger.js';
import { ReplicatedStore } from '../replicated-store.js';
import { silent, type StoreLog } from '../store-log.js';
import type { EmbeddedKey } from './embedded-keys.js';
import { settleLayout } from './embedded-layout.js';
import { EmbeddedLedger } from './embedded-ledger.js';
import { ProcessLock } from './process-lock.js';
import { sweep } from './sweep.js';
import type { EmbeddedDatabase } from './write-queue.js';

export interface EmbeddedOptions {
  /** Folder of the store, of one process at a time; made when missing. */
  readonly path: string;
  /** How long the change log is kept, ms; default 400 days. */
  readonly keepLog?: number;
  /** How long verdicts are kept, ms; default 90 days. */
  readonly keepVerdicts?: number;
  /** How long usage is kept, ms; default 90 days. */
  readonly keepUsage?: number;
  /** Whether a registry may be made where there is none; default true. */
  readonly mayInitialise?: boolean;
  readonly log?: StoreLog;
}

const SWEPT_EVERY = 600_000;

interface Opened {
  readonly lock: ProcessLock;
  readonly database: EmbeddedDatabase;
  readonly ledger: EmbeddedLedger;
  readonly sweeper: NodeJS.Timeout;
}

/** The store in a folder, for one process. What is acknowledged is on the disk. */
export class EmbeddedStore extends ReplicatedStore {
  readonly #options: EmbeddedOptions;
  #opened: Opened | null = null;

  constructor(options: EmbeddedOptions) {
    super(options.log ?? silent);
    this.#options = options;
  }

  protected get ledger(): EmbeddedLedger {
    if (this.#opened) return this.#opened.ledger;
    throw new Problem('STORE_UNAVAILABLE', 'The embedded store is not open');
  }

  /** Rejects with STORE_LOCKED (names the process that has it) and STORE_LAYOUT. */
  async open(): Promise<void> {
    const { path, keepLog = LOGGED_FOR, keepVerdicts = JUDGED_FOR, mayInitialise = true } = this.#options;
    await mkdir(path, { recursive: true });
    const lock = await ProcessLock.take(join(path, 'tidegate.lock'));
    try {
      const database: EmbeddedDatabase = open<unknown, EmbeddedKey>({
        path: join(path, 'tidegate.mdb'),
        encoding: 'json',
        overlappingSync: false,
        // The write queue makes the batches; lmdb's own leave a rejection that nobody handles when the disk is full.
        eventTurnBatching: false,
      });
      const owner = randomBytes(9).toString('base64url');
      await settleLayout(database, owner).catch(async (error: unknown) => {
        await database.close();
        throw error;
      });
      const ledger = new EmbeddedLedger(database, owner, { log: keepLog, verdicts: keepVerdicts });
      const sweeper = setInterval(() => void this.#sweep(), SWEPT_EVERY).unref();
      this.#opened = { lock, database, ledger, sweeper };
      await this.#sweep();
      await this.loadScopes(mayInitialise);
    } catch (error) {
      await this.close();
      await lock.release();
      throw error;
    }
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    if (opened === null) return;
    clearInterval(opened.sweeper);
    await opened.ledger.idle();
    this.#opened = null;
    this.setReachable(false);
    await opened.database.close();
    await opened.lock.release();
  }

  async #sweep(): Promise<void> {
    try {
      const { keepUsage: usage = USED_FOR, keepVerdicts: verdicts = JUDGED_FOR } = this.#options;
      if (this.#opened) await sweep(this.#opened.database, Date.now(), { usage, verdicts });
    } catch (error) {
      this.log('warn', 'Old counts and answers could not be removed', { error: String(error) });
    }
  }
}
