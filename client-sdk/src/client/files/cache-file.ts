import { createHash } from 'node:crypto';
import type { Snapshot } from '../../engine/index.js';
import { ClientError } from '../client-error.js';
import { isToldTo, readSnapshotFile, removeAbandoned, writeSnapshotFile } from './snapshot-file.js';
import type { StoredSnapshot } from './snapshot-text.js';

/** Writing takes at most one part in so many of the time. */
const SHARE = 50;
/** Milliseconds until a write that failed is tried again, at least. */
const PAUSE = 30_000;

/** Where a cache is kept, how often (ms) it is written at most, and for whom; see `markOf`. */
interface Keeping {
  readonly path: string;
  readonly interval: number;
  readonly mark: string | undefined;
}

/** What tells the files of one server and key from those of others, and tells nobody the key; undefined without one. */
export function markOf({ url, key }: { readonly url: string; readonly key: string }): string | undefined {
  if (key === '') return undefined;
  return createHash('sha256').update(`${url}\0${key}`).digest('base64url').slice(0, 22);
}

/**
 * The last configuration that the server told, kept in a file for the next start. Several processes may share the file;
 * what was told to another key, or by another server, is not used, as it may be another environment's.
 * What goes wrong is told to `onError`, and tried again after half a minute.
 */
export class CacheFile {
  readonly #path: string;
  readonly #interval: number;
  readonly #mark: string | undefined;
  readonly #onError: (error: ClientError) => void;
  #next: Snapshot | null = null;
  #writing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #repair = false;
  /** Earliest time of the next write, milliseconds of `performance.now()`. */
  #notBefore = 0;

  constructor({ path, interval, mark }: Keeping, onError: (error: ClientError) => void) {
    this.#path = path;
    this.#interval = interval;
    this.#mark = mark;
    this.#onError = onError;
  }

  /** What the file holds; null where there is none, or none that can be used. Never rejects. */
  async read(): Promise<StoredSnapshot | null> {
    await removeAbandoned(this.#path);
    let stored;
    try {
      stored = await readSnapshotFile(this.#path);
    } catch (error) {
      this.#repair = true;
      this.#onError(fileError(`The file ${this.#path} can't be used`, error));
      return null;
    }
    if (stored === null || this.#mark === undefined || isToldTo(stored, this.#mark)) return stored;
    const why = new Error('another url or key was told what it holds, maybe of another environment');
    this.#onError(fileError(`The file ${this.#path} can't be used`, why));
    return null;
  }

  /** Has a snapshot written in good time; of several, the last one. */
  offer(snapshot: Snapshot): void {
    this.#next = snapshot;
    if (this.#writing !== null || this.#timer !== undefined) return;
    const wait = this.#notBefore - performance.now();
    if (wait <= 0) void this.#write();
    else this.#timer = setTimeout(() => void this.#write(), wait).unref();
  }

  /** Writes what waits; resolves when it is done. Never rejects. */
  async close(): Promise<void> {
    await this.#writing;
    if (this.#next !== null) await this.#write();
    clearTimeout(this.#timer);
  }

  #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing ??= this.#writeNext().finally(() => {
      this.#writing = null;
      if (this.#next !== null) this.offer(this.#next);
    });
    return this.#writing;
  }

  async #writeNext(): Promise<void> {
    const snapshot = this.#next;
    if (snapshot === null) return;
    this.#next = null;
    const begun = performance.now();
    let pause = this.#interval;
    try {
      const savedAt = new Date().toISOString();
      await writeSnapshotFile(this.#path, snapshot, { repair: this.#repair, savedAt, mark: this.#mark });
      this.#repair = false;
    } catch (error) {
      pause = PAUSE;
      this.#next ??= snapshot;
      this.#onError(fileError(`The file ${this.#path} can't be written`, error));
    }
    const took = performance.now() - begun;
    this.#notBefore = begun + Math.max(pause, took * SHARE);
  }
}

/** Reads a file that is to be there. Never rejects: null, and told, where it can't be used. */
export async function readBootstrapFile(
  path: string,
  onError: (error: ClientError) => void,
): Promise<StoredSnapshot | null> {
  try {
    const stored = await readSnapshotFile(path);
    if (stored === null) throw new Error('there is no such file');
    return stored;
  } catch (error) {
    onError(fileError(`The bootstrap file ${path} can't be used`, error));
    return null;
  }
}

function fileError(what: string, cause: unknown): ClientError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ClientError('FILE', `${what}: ${why}.`, { cause });
}
