import type { Census, User } from './census.js';
import type { Shop } from './shop.js';

/**
 * The shop's traffic: users come in turn, as long as it runs, and each is sent to the version that the written YAML has
 * for the headers that the SDK gives.
 */
export class Front {
  readonly #timer: NodeJS.Timeout;
  #next = 0;

  constructor(
    census: Census,
    shop: Shop,
    /** Told of each answer. */
    served: (user: User, status: number) => void = () => undefined,
    perSecond = 100,
  ) {
    this.#timer = setInterval(() => {
      const user = census.users[this.#next++ % census.users.length];
      const version = user === undefined ? undefined : census.versionOf(user);
      if (user === undefined || version === undefined) return;
      shop.visit(version).then(
        (status) => served(user, status),
        () => served(user, 0),
      );
    }, 1_000 / perSecond);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
