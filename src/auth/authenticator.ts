import { Inject, Injectable, Optional } from '@nestjs/common';
import { type Image, REGISTRY } from '../domain/image.js';
import type { Token } from '../domain/token.js';
import { Store } from '../ports/store.js';
import { FailedAttempts } from './failed-attempts.js';
import { type Principal, toPrincipal } from './principal.js';
import { type Budgets, budgetsOf, NO_RATES, RATES, type Rates } from './rates.js';
import { hashSecret } from './secret.js';

/**
 * Knows every token of the registry by its hash, from memory: it goes on while the store is away. Looking a hash up in
 * a map leaks no timing that helps to find a 256-bit secret.
 */
@Injectable()
export class Authenticator {
  readonly #store: Store;
  readonly #rates: Rates;
  readonly #failures: FailedAttempts;
  /** By key of the token: what a token has used is not forgiven when another one is made. */
  #budgets: ReadonlyMap<string, Budgets> = new Map();
  #byHash: ReadonlyMap<string, Principal> = new Map();
  /** Tokens proved since the registry changed: hashing is the dearest part of a request. No more than there are tokens. */
  readonly #proved = new Map<string, Principal>();
  readonly #followers = new Set<() => void>();
  #stop: (() => void) | undefined;

  constructor(store: Store, @Optional() @Inject(RATES) rates: Rates = NO_RATES) {
    this.#store = store;
    this.#rates = rates;
    this.#failures = new FailedAttempts(rates.failures);
  }

  /** Starts to follow the registry. Call once, after the store is open. */
  async start(): Promise<void> {
    const take = (image: Image): void => {
      const tokens = image.documents.list('token').map(({ value }) => value);
      this.#proved.clear();
      this.#take(tokens);
      for (const listener of this.#followers) listener();
    };
    this.#stop = await this.#store.watch(REGISTRY, null, { reset: take, change: (_, image) => take(image) });
  }

  #take(tokens: readonly Token[]): void {
    const before = this.#budgets;
    this.#budgets = new Map(tokens.map(({ key }) => [key, before.get(key) ?? budgetsOf(this.#rates)]));
    this.#byHash = new Map(
      tokens.map((token) => [token.hash, { ...toPrincipal(token), budgets: this.#budgets.get(token.key) }]),
    );
  }

  stop(): void {
    this.#stop?.();
  }

  /** The principal that a token proves, or null for none or an unknown one. */
  authenticate(token: string | undefined): Principal | null {
    if (token === undefined || token === '' || token.length > 200) return null;
    const known = this.#proved.get(token);
    if (known !== undefined) return known;
    const principal = this.#byHash.get(hashSecret(token)) ?? null;
    if (principal !== null) this.#proved.set(token, principal);
    return principal;
  }

  /** As `authenticate`, from the value of an Authorization header; only the Bearer scheme counts. */
  authenticateHeader(authorization: string | undefined): Principal | null {
    return this.authenticate(this.secretIn(authorization));
  }

  /** The token in the value of an Authorization header; only the Bearer scheme counts. */
  secretIn(authorization: string | undefined): string | undefined {
    return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  }

  /**
   * Counts an attempt of an address that proved nothing. 0 where that is to be said, else the whole seconds that it has
   * to wait: it failed too often. Whoever proves something is let in all the same.
   */
  countFailure(address: string | undefined): number {
    return this.#failures.count(address ?? '', Date.now());
  }

  /** Calls `listener` whenever tokens were made or revoked. Returns how to stop. */
  follow(listener: () => void): () => void {
    this.#followers.add(listener);
    return () => void this.#followers.delete(listener);
  }
}
