import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, type Redis } from 'ioredis';
import type { StoreLog } from '../store-log.js';
import { AcknowledgedWrites } from './acknowledged-writes.js';
import { addressOf, describeAddress, openClient, retryAfter, type RedisClient } from './redis-client.js';
import { isReadOnly, problemOf, TIMED_OUT } from './redis-fault.js';
import type { Reply } from './replies.js';
import { defineScripts, runScript, type ScriptCall } from './scripts.js';

/** What a connection tells. `woken` without a message: some may have been missed. */
export interface ConnectionEvents {
  readonly up: () => void;
  readonly down: () => void;
  readonly woken: (message?: string) => void;
}

export interface ConnectionOptions {
  /** As `TIDEGATE_REDIS_URL`. */
  readonly url: string;
  /** Channel of wake-ups. */
  readonly channel: string;
  /** Replicas that must have a write before it is acknowledged. */
  readonly replicas: number;
  readonly log: StoreLog;
}

/** A server that can't be written is looked for anew this often at most, ms. */
const SEEK_EVERY = 1_000;
const SUBSCRIBE_AGAIN = 1_000;

/**
 * Two connections to one Redis, or two to each node of a cluster: for commands and for wake-ups. Nothing waits for the
 * store to come back: a command that can't be answered now rejects with STORE_UNAVAILABLE.
 */
export class RedisConnection {
  /** Whether a write is acknowledged by replicas first. */
  readonly confirms: boolean;
  readonly #commands: RedisClient;
  readonly #wakes: RedisClient;
  readonly #writes: AcknowledgedWrites;
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  readonly #address: string;
  #down = false;
  #seeking = false;
  #soughtAt = 0;
  #closed = false;
  #waiting: (() => void)[] = [];

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    const address = addressOf(options.url);
    this.#options = options;
    this.#events = events;
    this.#address = describeAddress(address);
    this.confirms = options.replicas > 0;
    this.#commands = openClient(address);
    defineScripts(this.#commands);
    this.#writes = new AcknowledgedWrites(this.#commands, options.replicas);
    this.#commands.on('ready', () => this.#up());
    this.#commands.on('error', (error: Error) => this.#lost(error));
    this.#commands.on('close', () => this.#lost(null));
    // A cluster's client has a connection of its own for these.
    this.#wakes = this.#commands instanceof Cluster ? this.#commands : openClient(address);
    this.#wakes.on('error', () => undefined);
    this.#wakes.on('ready', () => void this.#subscribe());
    for (const client of new Set([this.#commands, this.#wakes])) client.on('end', () => this.#revive(client));
    this.#wakes.on('message', (_: string, message: string) => events.woken(message));
  }

  /** Every server that there is to ask: one, or the nodes of a cluster. */
  get servers(): readonly Redis[] {
    return this.#commands instanceof Cluster ? this.#commands.nodes('all') : [this.#commands];
  }

  /** Resolves when the store can be used for the first time, or when this is closed. */
  async ready(): Promise<void> {
    if (this.#commands.status === 'ready' || this.#closed) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Runs one command, or several that need not be told apart when they fail. */
  async run<T>(command: (redis: RedisClient) => Promise<T>): Promise<T> {
    try {
      return await command(this.#commands);
    } catch (error) {
      this.#look(error as Error);
      throw problemOf(error as Error);
    }
  }

  script(call: ScriptCall): Promise<Reply> {
    return this.run((redis) => runScript(redis, call));
  }

  /** A script whose writing must be as durable as is asked for. */
  write(call: ScriptCall): Promise<Reply> {
    return this.run(() => this.#writes.run(call));
  }

  close(): void {
    this.#closed = true;
    this.#commands.disconnect();
    this.#wakes.disconnect();
    this.#settle();
  }

  #up(): void {
    if (this.#down) this.#options.log('info', 'Redis is back', { address: this.#address });
    this.#down = false;
    this.#seeking = false;
    this.#settle();
    this.#events.up();
  }

  #lost(error: Error | null): void {
    // Cut by ourselves, to look for a better one: nothing is lost yet.
    if (this.#closed || this.#down || (this.#seeking && error === null)) return;
    this.#down = true;
    this.#seeking = false;
    const fields = { address: this.#address, error: error?.message ?? 'the connection was closed' };
    this.#options.log('warn', 'Redis can not be reached; trying again until it can', fields);
    this.#events.down();
  }

  /** A client that was told of a failover while it was asking sentinels gives up for good. */
  #revive(client: RedisClient): void {
    if (this.#closed) return;
    const again = (): void => {
      if (!this.#closed && client.status === 'end') client.connect().catch(() => undefined);
    };
    setTimeout(again, retryAfter(1)).unref();
  }

  #settle(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #subscribe(): Promise<void> {
    while (!this.#closed && this.#wakes.status === 'ready') {
      try {
        await this.#wakes.subscribe(this.#options.channel);
        this.#events.woken();
        return;
      } catch (error) {
        const fields = { error: String(error) };
        this.#options.log('warn', 'Wake-ups are off; changes of others are found by polling', fields);
        await sleep(SUBSCRIBE_AGAIN, undefined, { ref: false });
      }
    }
  }

  /** Draws the conclusion for the connection. A cluster's client finds its nodes by itself. */
  #look(error: Error): void {
    if (this.#commands instanceof Cluster || this.#commands.status !== 'ready') return;
    // Only a new connection tells whether a server that didn't answer in time will answer anything.
    if (error.message === TIMED_OUT) {
      this.#lost(error);
      this.#commands.disconnect(true);
    } else if (isReadOnly(error)) this.#seek();
  }

  /** Connects anew, since sentinels, or the name service, may know another server by now. */
  #seek(): void {
    if (Date.now() - this.#soughtAt < SEEK_EVERY) return;
    this.#soughtAt = Date.now();
    this.#seeking = true;
    this.#commands.disconnect(true);
    this.#wakes.disconnect(true);
  }
}
