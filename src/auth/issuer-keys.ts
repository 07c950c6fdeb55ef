import { createLocalJWKSet, createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import type { Identity } from '../domain/environment.js';
import type { OutgoingCalls } from '../outgoing/outgoing-calls.js';

const FETCH_TIMEOUT = 5_000;
/** Age in ms after which keys that were fetched are fetched again, beside the traffic. */
const FRESH_FOR = 300_000;
/** Age in ms up to which they serve while their URL does not answer. */
const SERVE_FOR = 86_400_000;
/** Milliseconds until the next try after one that failed: twice as many after each, up to the most. */
const RETRY_AFTER = { first: 1_000, most: 10_000 };

/**
 * The keys of a token's issuer: given inline, or fetched from `jwksUri`. Fetched keys are renewed beside the traffic
 * every five minutes, and at once (at most every 30 s) for a key id that is not among them; an issuer that does not
 * answer leaves the last ones in use for a day. One that never answered is not asked for each token, but in growing intervals.
 */
export class IssuerKeys {
  /** Rises with each change of the keys. */
  version = 0;
  readonly #local: JWTVerifyGetKey | null;
  readonly #remote: ReturnType<typeof createRemoteJWKSet> | null;
  readonly #changed: () => void;
  #seen: string | undefined;
  /** When keys are fetched next, epoch ms. */
  #due = 0;
  #failures = 0;
  #fetching: Promise<void> | null = null;

  /** `changed` is told when other keys came than were known. */
  constructor({ jwks, jwksUri }: Identity, calls: OutgoingCalls, changed: () => void) {
    this.#local = jwks === null ? null : createLocalJWKSet(jwks);
    this.#remote = jwks === null && jwksUri !== null ? remoteKeys(jwksUri, calls) : null;
    this.#changed = changed;
  }

  /** The key that a token says it is signed by; `now` in epoch ms. Rejects with an error of jose. */
  async get(now: number, ...[header, token]: Parameters<JWTVerifyGetKey>): Promise<Key> {
    if (this.#local !== null) return this.#local(header, token);
    if (this.#remote === null) throw new errors.JWKSInvalid('there are no keys');
    if (this.#remote.jwks() === undefined) await this.#first(now);
    try {
      return await this.#remote(header, token);
    } finally {
      this.#look();
    }
  }

  /** Begins to renew the keys where that is due, and does not wait. */
  keepFresh(now: number): void {
    if (this.#remote !== null && now >= this.#due) void this.refresh(now);
  }

  /** Fetches the keys. Never rejects: what can't be fetched is tried again. */
  refresh(now: number): Promise<void> {
    this.#fetching ??= this.#fetch(now).finally(() => (this.#fetching = null));
    return this.#fetching;
  }

  async #fetch(now: number): Promise<void> {
    if (this.#remote === null) return;
    this.#due = now + Math.min(RETRY_AFTER.most, RETRY_AFTER.first * 2 ** this.#failures);
    try {
      await this.#remote.reload();
      this.#failures = 0;
      this.#due = now + FRESH_FOR;
      this.#look();
    } catch {
      // the keys that are known serve on
      this.#failures += 1;
    }
  }

  /** Waits for the first keys where they are being fetched, or are due; rejects where there are none then. */
  async #first(now: number): Promise<void> {
    if (this.#fetching !== null || now >= this.#due) await this.refresh(now);
    if (this.#remote?.jwks() === undefined) throw new errors.JWKSInvalid('the keys were never fetched');
  }

  #look(): void {
    const keys = JSON.stringify(this.#remote?.jwks());
    if (keys === this.#seen) return;
    this.#seen = keys;
    this.version += 1;
    this.#changed();
  }
}

type Key = Awaited<ReturnType<JWTVerifyGetKey>>;

function remoteKeys(uri: string, calls: OutgoingCalls): ReturnType<typeof createRemoteJWKSet> {
  return createRemoteJWKSet(new URL(uri), {
    timeoutDuration: FETCH_TIMEOUT,
    cacheMaxAge: SERVE_FOR,
    [customFetch]: async (url) => {
      const { status, body } = await calls.send(new URL(url), { method: 'GET', timeout: FETCH_TIMEOUT });
      return new Response(body, { status });
    },
  });
}
