import { Redis, type RedisOptions } from 'ioredis';
import { Problem } from '../../../domain/problem.js';
import type { StoreLog } from '../store-log.js';
import type { Reply } from './replies.js';
import { defineScripts, runScript, type ScriptName } from './scripts.js';

/** What a connection tells. `woken` without a scope: messages may have been missed. */
export interface ConnectionEvents {
  readonly up: () => void;
  readonly down: () => void;
  readonly woken: (scope?: string) => void;
}

/** Longest that one command may take; a store that hangs is a store that is away. */
const PATIENCE = 2_000;
const LONGEST_WAIT = 2_000;

/**
 * Two connections to one Redis: for commands and for wake-ups. Nothing waits for the store to come back, and nothing
 * that was sent is sent again: a command that can't be answered now rejects with STORE_UNAVAILABLE.
 */
export class RedisConnection {
  readonly #commands: Redis;
  readonly #wakes: Redis;
  readonly #log: StoreLog;
  readonly #events: ConnectionEvents;
  readonly #address: string;
  #down = false;
  #closed = false;
  #waiting: (() => void)[] = [];

  constructor(url: string, channel: string, log: StoreLog, events: ConnectionEvents) {
    this.#log = log;
    this.#events = events;
    this.#address = url.replace(/\/\/[^@/]*@/, '//');
    this.#commands = new Redis(url, OPTIONS);
    defineScripts(this.#commands);
    this.#commands.on('ready', () => this.#up());
    this.#commands.on('error', (error: Error) => this.#lost(error));
    this.#commands.on('close', () => this.#lost(null));
    this.#wakes = this.#commands.duplicate();
    this.#wakes.on('error', () => undefined);
    this.#wakes.on('ready', () => void this.#subscribe(channel));
    this.#wakes.on('message', (_: string, scope: string) => events.woken(scope));
  }

  /** Resolves when the store can be used for the first time, or when this is closed. */
  async ready(): Promise<void> {
    if (this.#commands.status === 'ready' || this.#closed) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Runs one command, or several that need not be told apart when they fail. */
  async run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      return await command(this.#commands);
    } catch (error) {
      throw this.#problemOf(error as Error);
    }
  }

  script(name: ScriptName, keys: readonly string[], args: readonly (string | number)[]): Promise<Reply> {
    return this.run((redis) => runScript(redis, name, keys, args));
  }

  close(): void {
    this.#closed = true;
    this.#commands.disconnect();
    this.#wakes.disconnect();
    this.#settle();
  }

  #up(): void {
    if (this.#down) this.#log('info', 'Redis is back', { address: this.#address });
    this.#down = false;
    this.#settle();
    this.#events.up();
  }

  #lost(error: Error | null): void {
    if (this.#closed || this.#down) return;
    this.#down = true;
    const fields = { address: this.#address, error: error?.message ?? 'the connection was closed' };
    this.#log('warn', 'Redis can not be reached; trying again until it can', fields);
    this.#events.down();
  }

  #settle(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #subscribe(channel: string): Promise<void> {
    try {
      await this.#wakes.subscribe(channel);
      this.#events.woken();
    } catch (error) {
      this.#log('warn', 'Wake-ups are off; changes of others are found by polling', { error: String(error) });
    }
  }

  #problemOf(error: Error): Error {
    if (error instanceof Problem) return error;
    // Only a new connection tells whether a server that didn't answer in time will answer anything.
    if (error.message === TIMED_OUT) {
      this.#lost(error);
      this.#commands.disconnect(true);
    }
    if (isOutage(error))
      return new Problem('STORE_UNAVAILABLE', `The store can't be used now: ${error.message}`, {
        cause: error,
      });
    return error.name === 'ReplyError'
      ? new Problem('GENERAL', `Redis refused a command: ${error.message}`, { cause: error })
      : error;
  }
}

const TIMED_OUT = 'Command timed out';
/** Refusals that end when the server, or who runs it, has done something; the command itself was right. */
const TRANSIENT =
  /^(LOADING|READONLY|OOM|MISCONF|NOAUTH|WRONGPASS|NOPERM|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|BUSY|NOREPLICAS) /;
const CUT = /^(Connection is closed|Stream isn't writeable|Command timed out|Socket )/;

function isOutage(error: Error): boolean {
  if (error.name === 'ReplyError') return TRANSIENT.test(error.message);
  const named = ['MaxRetriesPerRequestError', 'AbortError'].includes(error.name);
  return named || CUT.test(error.message) || (error as NodeJS.ErrnoException).syscall !== undefined;
}

const OPTIONS: RedisOptions = {
  connectTimeout: PATIENCE,
  commandTimeout: PATIENCE,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), LONGEST_WAIT) * (0.5 + Math.random() / 2),
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
};
