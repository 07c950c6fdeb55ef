import { Injectable, Logger } from '@nestjs/common';
import { IdentityVerifier } from '../auth/identity-verifier.js';
import { OutgoingCalls } from '../outgoing/outgoing-calls.js';
import { FollowedEnvironments } from '../ports/followed-environments.js';
import { Store } from '../ports/store.js';
import { EnvironmentView } from './environment-view.js';
import { KEEP_ALIVE } from './frame.js';

/** Milliseconds between keep-alive comments on a stream. */
const KEEP_ALIVE_EVERY = 15_000;
/** Milliseconds between two times that what was answered is brought to the store. */
const FLUSH_EVERY = 10_000;

/** A view of every registered environment, kept by watching the store. */
@Injectable()
export class EnvironmentViews {
  readonly #store: Store;
  readonly #views: FollowedEnvironments<EnvironmentView>;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(store: Store, calls: OutgoingCalls) {
    const logger = new Logger(EnvironmentViews.name);
    this.#store = store;
    this.#views = new FollowedEnvironments(
      store,
      () => new EnvironmentView((identity) => new IdentityVerifier(identity, Date.now, calls)),
      (message) => logger.warn(message),
    );
  }

  /** Follows the registry. Call once, after the store is open. Resolves when the registry is known. */
  async start(): Promise<void> {
    await this.#views.start();
    const timer = setInterval(() => {
      for (const { subscribers } of this.#views.all().values()) subscribers.keepAlive(KEEP_ALIVE);
    }, KEEP_ALIVE_EVERY);
    this.#timers.add(timer.unref());
    this.#timers.add(setInterval(() => void this.flushUsage(), FLUSH_EVERY).unref());
  }

  /** Brings what was answered to the store; what can't be brought waits for the next time. Never rejects. */
  async flushUsage(): Promise<void> {
    for (const [environment, { usage, view }] of this.#views.all()) {
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
    return this.#views.started;
  }

  /** Whether every registered environment can be answered for. */
  get loaded(): boolean {
    return this.#views.started && [...this.#views.all().values()].every(({ view }) => view !== undefined);
  }

  /** Stops watching and ends every stream; what is not closed after `deadline` ms is cut. */
  async close(deadline: number): Promise<void> {
    this.#views.stop();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    await this.flushUsage();
    await Promise.all([...this.#views.all().values()].map(({ subscribers }) => subscribers.end(deadline)));
  }
}
