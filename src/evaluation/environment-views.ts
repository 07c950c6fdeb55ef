import { Injectable, Logger } from '@nestjs/common';
import { type Image, REGISTRY } from '../domain/image.js';
import { IdentityVerifier } from '../auth/identity-verifier.js';
import { OutgoingCalls } from '../outgoing/outgoing-calls.js';
import { Store } from '../ports/store.js';
import { EnvironmentView } from './environment-view.js';
import { KEEP_ALIVE } from './frame.js';

/** Milliseconds between keep-alive comments on a stream. */
const KEEP_ALIVE_EVERY = 15_000;
const RETRY = 1_000;
/** Milliseconds between two times that what was answered is brought to the store. */
const FLUSH_EVERY = 10_000;

/** A view of every registered environment, kept by watching the store. */
@Injectable()
export class EnvironmentViews {
  readonly #store: Store;
  readonly #calls: OutgoingCalls;
  readonly #logger = new Logger(EnvironmentViews.name);
  readonly #views = new Map<string, EnvironmentView>();
  readonly #stops: (() => void)[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #started = false;
  #closed = false;

  constructor(store: Store, calls: OutgoingCalls) {
    this.#store = store;
    this.#calls = calls;
  }

  /** Follows the registry. Call once, after the store is open. Resolves when the registry is known. */
  async start(): Promise<void> {
    const take = (image: Image): void => {
      for (const { key } of image.documents.list('environment')) this.#add(key);
    };
    this.#keep(await this.#store.watch(REGISTRY, null, { reset: take, change: (_, image) => take(image) }));
    this.#started = true;
    const timer = setInterval(() => {
      for (const { subscribers } of this.#views.values()) subscribers.keepAlive(KEEP_ALIVE);
    }, KEEP_ALIVE_EVERY);
    this.#timers.add(timer.unref());
    this.#timers.add(setInterval(() => void this.flushUsage(), FLUSH_EVERY).unref());
  }

  /** Brings what was answered to the store; what can't be brought waits for the next time. Never rejects. */
  async flushUsage(): Promise<void> {
    for (const [environment, { usage, view }] of this.#views) {
      if (view !== undefined)
        await usage.flush(this.#store, environment, view.answers).catch(() => undefined);
    }
  }

  /** The view of a registered environment; it may not have its first image yet. */
  get(environment: string): EnvironmentView | undefined {
    return this.#views.get(environment);
  }

  /** Whether the registry is known. Until then nobody can be told that their token is unknown. */
  get started(): boolean {
    return this.#started;
  }

  /** Whether every registered environment can be answered for. */
  get loaded(): boolean {
    return this.#started && [...this.#views.values()].every(({ view }) => view !== undefined);
  }

  /** Stops watching and ends every stream; what is not closed after `deadline` ms is cut. */
  async close(deadline: number): Promise<void> {
    this.#closed = true;
    for (const stop of this.#stops.splice(0)) stop();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    await this.flushUsage();
    await Promise.all([...this.#views.values()].map(({ subscribers }) => subscribers.end(deadline)));
  }

  #add(environment: string): void {
    if (this.#views.has(environment)) return;
    const view = new EnvironmentView((identity) => new IdentityVerifier(identity, Date.now, this.#calls));
    this.#views.set(environment, view);
    void this.#follow(environment, view);
  }

  async #follow(environment: string, view: EnvironmentView): Promise<void> {
    try {
      this.#keep(await this.#store.watch(environment, null, view));
    } catch (error) {
      if (this.#closed) return;
      this.#logger.warn(
        `Can't follow ${environment} yet: ${error instanceof Error ? error.message : String(error)}`,
      );
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        void this.#follow(environment, view);
      }, RETRY);
      this.#timers.add(timer.unref());
    }
  }

  #keep(stop: () => void): void {
    if (this.#closed) stop();
    else this.#stops.push(stop);
  }
}
