import { RedisStore } from '../../src/adapters/store/redis/redis-store.js';
import type { Store } from '../../src/ports/store.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { Redis } from '../support/redis.js';
import { TurnedClock } from '../support/turned-clock.js';
import { commitOf } from './store-samples.js';

/** A store with the environment `production` whose clock is turned on as sources are read, so that nobody waits for windows. */
export class MetricStore {
  #turned = 0;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly store: Store,
    private readonly server: Redis,
    private readonly clock: TurnedClock,
  ) {}

  static async start(): Promise<MetricStore> {
    const clock = new TurnedClock();
    const server = await Redis.start({ env: clock.env });
    const store = new RedisStore({ url: server.url, mayInitialise: true });
    await store.open();
    await store.createEnvironment('production', 'of a test', commitOf([]));
    return new MetricStore(store, server, clock);
  }

  /** Turns the clock on by the length of a window, then does what happens then. The store's time after it. */
  pass(then?: () => Promise<void>): Promise<number> {
    return this.inTurn(async () => {
      this.clock.turn((this.#turned += 5));
      await then?.();
      return this.store.now();
    });
  }

  /** One after the other: a turn of the clock is longer than what is on its way may take. */
  inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(run);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  away(): Promise<void> {
    return this.server.kill();
  }

  async back(): Promise<void> {
    await this.server.run();
    await eventually(() => this.store.now(), 30_000);
  }

  async stop(): Promise<void> {
    await this.store.close();
    await this.server.stop();
    this.clock.close();
  }
}
