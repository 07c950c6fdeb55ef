import {
  type ClientOptions,
  type Flag,
  type Json,
  type Snapshot,
  TidegateClient,
  type TrackCall,
} from '../client/index.js';
import { valueFlag } from '../client/value-flag.js';
import type { Evaluated, Recorder } from './recorder.js';

/** How a client for tests is made. */
export interface TestOptions extends Pick<ClientOptions, 'defaultContext' | 'hooks' | 'privateAttributes'> {
  /** What flags answer, by key, to everybody. Default none: every getter answers the caller's default. */
  readonly flags?: Readonly<Record<string, Json>>;
  /** A configuration with rules and segments, below `flags`. Default none. */
  readonly bootstrap?: Snapshot;
}

/**
 * The real client and the real engine, without network and files: flags answer what the test sets, and what the code
 * under test evaluates and tracks is kept. `ready` at once.
 */
export class TestClient extends TidegateClient {
  readonly #recorder: Recorder;
  #snapshot: Snapshot;

  /** Made by `createTestClient`. Throws INVALID_OPTIONS. */
  constructor({ flags = {}, bootstrap, ...options }: TestOptions, recorder: Recorder) {
    super({ ...options, bootstrap, offline: true, hooks: [...(options.hooks ?? []), recorder] });
    this.#recorder = recorder;
    this.#snapshot = bootstrap ?? EMPTY;
    this.#show(Object.entries(flags).map(([key, value]) => valueFlag(key, value)));
  }

  /** Every answer given so far, in order. */
  get evaluated(): readonly Evaluated[] {
    return this.#recorder.evaluations;
  }

  /** Every event tracked so far, in order, whether any guard would ask for it or not. */
  get tracked(): readonly TrackCall[] {
    return this.#recorder.events;
  }

  /** Lets a flag answer `value` to everybody from now on; listeners are told before this returns. */
  set(key: string, value: Json): void {
    this.#show([valueFlag(key, value)]);
  }

  /** Lets a flag be as this document says: with rules, targets, variants. */
  setFlag(flag: Flag): void {
    this.#show([flag]);
  }

  /** Takes a flag away: getters answer the caller's default. */
  remove(key: string): void {
    this.#show([], key);
  }

  /** Forgets what was evaluated and tracked. */
  clear(): void {
    this.#recorder.evaluations.length = 0;
    this.#recorder.events.length = 0;
  }

  #show(flags: readonly Flag[], gone?: string): void {
    const replaced = new Set([gone, ...flags.map(({ key }) => key)]);
    const kept = this.#snapshot.flags.filter(({ key }) => !replaced.has(key));
    const revision = this.#snapshot.revision + 1;
    this.#snapshot = { ...this.#snapshot, revision, flags: [...kept, ...flags] };
    this.replace(structuredClone(this.#snapshot));
  }
}

const EMPTY: Snapshot = {
  environment: 'test',
  epoch: 'test',
  revision: 0,
  flags: [],
  segments: [],
  routes: [],
  events: {},
};
