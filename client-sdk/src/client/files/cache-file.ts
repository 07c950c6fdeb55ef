import type { Snapshot } from '../../engine/index.js';
import { ClientError } from '../client-error.js';
import { readSnapshotFile, removeAbandoned, writeSnapshotFile } from './snapshot-file.js';
import type { StoredSnapshot } from './snapshot-text.js';

/** Writing takes at most one part in so many of the time. */
const SHARE = 50;
/** Milliseconds until a write that failed is tried again, at least. */
const PAUSE = 30_000;

/**
 * The last configuration that the server told, kept in a file for the next start. Several processes may share the file.
 * What goes wrong is told to `onError`, and tried again after half a minute.
 */
export class CacheFile {
  readonly #path: string;
  readonly #interval: number;
  readonly #onError: (error: ClientError) => void;
  #next: Snapshot | null = null;
  #writing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #repair = false;
  /** Earliest time of the next write, milliseconds of `performance.now()`. */
  #notBefore = 0;

  /** `interval`: milliseconds from one write to the next, at least. */
  constructor(path: string, interval: number, onError: (error: ClientError) => void) {
    this.#path = path;
    this.#interval = interval;
    this.#onError = onError;
  }

  /** What the file holds; null where there is none, or none that can be used. Never rejects. */
  async read(): Promise<StoredSnapshot | null> {
    await removeAbandoned(this.#path);
    try {
      return await readSnapshotFile(this.#path);
    } catch (error) {
      this.#repair = true;
      this.#onError(fileError(`The file ${this.#path} can't be used`, error));
      return null;
    }
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
      await writeSnapshotFile(this.#path, snapshot, { repair: this.#repair, savedAt });
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
