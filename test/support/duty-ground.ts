import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedStore } from '../../src/adapters/store/embedded/embedded-store.js';

/** An embedded store in a folder of its own, and the duty that a spec has a leader do on it. */
export class DutyGround {
  readonly #ended = new AbortController();
  #duty: Promise<void> = Promise.resolve();

  private constructor(
    private readonly folder: string,
    readonly store: EmbeddedStore,
  ) {}

  static async open(): Promise<DutyGround> {
    const folder = await mkdtemp(join(tmpdir(), 'tidegate-duty-'));
    const store = new EmbeddedStore({ path: folder });
    await store.open();
    return new DutyGround(folder, store);
  }

  /** Begins a duty, which is told when its term is over. */
  begin(duty: (signal: AbortSignal) => Promise<void>): void {
    this.#duty = duty(this.#ended.signal);
  }

  /** Ends the term; resolves once the duty is done. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#duty;
  }

  async close(): Promise<void> {
    await this.end();
    await this.store.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
