import { Injectable } from '@nestjs/common';
import { type Image, REGISTRY } from '../domain/image.js';
import { Store } from '../ports/store.js';
import { type Principal, toPrincipal } from './principal.js';
import { hashSecret } from './secret.js';

/**
 * Knows every token of the registry by its hash, from memory: it goes on while the store is away. Looking a hash up in
 * a map leaks no timing that helps to find a 256-bit secret.
 */
@Injectable()
export class Authenticator {
  readonly #store: Store;
  #byHash: ReadonlyMap<string, Principal> = new Map();
  /** Tokens proved since the registry changed: hashing is the dearest part of a request. No more than there are tokens. */
  readonly #proved = new Map<string, Principal>();
  readonly #followers = new Set<() => void>();
  #stop: (() => void) | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Starts to follow the registry. Call once, after the store is open. */
  async start(): Promise<void> {
    const take = (image: Image): void => {
      const tokens = image.documents.list('token').map(({ value }) => value);
      this.#proved.clear();
      this.#byHash = new Map(tokens.map((token) => [token.hash, toPrincipal(token)]));
      for (const listener of this.#followers) listener();
    };
    this.#stop = await this.#store.watch(REGISTRY, null, { reset: take, change: (_, image) => take(image) });
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

  /** Calls `listener` whenever tokens were made or revoked. Returns how to stop. */
  follow(listener: () => void): () => void {
    this.#followers.add(listener);
    return () => void this.#followers.delete(listener);
  }
}
