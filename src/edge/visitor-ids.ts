import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { cookiesIn } from './cookie.js';
import { hostName } from './host-name.js';

/** The cookie that anonymous browsers are known by. */
export const VISITOR_COOKIE = 'tg-id';
/** Days that an id holds after it was issued or renewed: the most that browsers keep a cookie. */
const DAYS = 400;
/** Days after which the cookie is written anew, with the same id. */
const RENEW_AFTER = 30;
const DAY = 86_400_000;
/** Cookies of that name that are looked at: one for each domain and path above, and what others put there. */
const MOST_LOOKED_AT = 4;
const REMEMBERED = 10_000;

const FORM = /^v1\.([\w-]{22})\.([0-9a-z]{1,6})\.([\w-]{22})$/;

/** Who an anonymous browser is. */
export interface Visitor {
  readonly id: string;
  /** A `set-cookie` that the browser is to get; null where its cookie is right. */
  readonly setCookie: string | null;
}

export interface VisitorSettings {
  readonly environment: string;
  /** Ids are signed by the first; both are believed. */
  readonly secrets: readonly string[];
  /** Domain of the cookie where the host lies in it; null: the host alone. */
  readonly domain: string | null;
}

/** How a browser reached us. `host` as it named it. */
export interface Reached {
  readonly host: string;
  readonly secure: boolean;
  readonly cookie: string | undefined;
}

/**
 * Anonymous ids of one environment, in a cookie `v1.<id>.<day of issue, base 36>.<signature>`: 128 random bits, signed by
 * HMAC-SHA256 (its first 128 bits) over the environment, the id and the day.
 */
export class VisitorIds {
  readonly #settings: VisitorSettings;
  readonly #now: () => number;
  readonly #random: (bytes: number) => Buffer;
  /** Cookies that were right, until the day that they are to be written anew. */
  readonly #known = new Map<string, { readonly visitor: Visitor; readonly until: number }>();

  constructor(settings: VisitorSettings, now: () => number = Date.now, random = randomBytes) {
    this.#settings = settings;
    this.#now = now;
    this.#random = random;
  }

  /** The browser's own id, else a new one. The same object while its cookie stays right. */
  visitorOf(reached: Reached): Visitor {
    const today = Math.floor(this.#now() / DAY);
    const values = cookiesIn(reached.cookie, VISITOR_COOKIE);
    for (let at = 0; at < values.length && at < MOST_LOOKED_AT; at += 1) {
      const value = values[at] ?? '';
      const visitor = this.#remembered(value, today) ?? this.#read(value, today, reached);
      if (visitor !== null) return visitor;
    }
    const id = this.#random(16).toString('base64url');
    return { id, setCookie: this.#write(id, today, reached) };
  }

  #remembered(value: string, today: number): Visitor | null {
    const known = this.#known.get(value);
    return known === undefined || today >= known.until ? null : known.visitor;
  }

  #read(value: string, today: number, reached: Reached): Visitor | null {
    const [, id, day = '', signature = ''] = FORM.exec(value) ?? [];
    if (id === undefined) return null;
    const issued = Number.parseInt(day, 36);
    if (issued > today + 1 || today >= issued + DAYS) return null;
    const signer = this.#settings.secrets.findIndex((secret) =>
      isSame(this.#sign(secret, id, day), signature),
    );
    if (signer < 0) return null;
    const renews = signer > 0 || today >= issued + RENEW_AFTER;
    if (renews) return { id, setCookie: this.#write(id, today, reached) };
    return this.#remember(value, { id, setCookie: null }, issued + RENEW_AFTER);
  }

  #remember(value: string, visitor: Visitor, until: number): Visitor {
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(value, { visitor, until });
    return visitor;
  }

  #write(id: string, today: number, { host, secure }: Reached): string {
    const { secrets, domain } = this.#settings;
    const name = hostName(host);
    const day = today.toString(36);
    const value = `v1.${id}.${day}.${this.#sign(secrets[0] ?? '', id, day)}`;
    const within = domain !== null && (name === domain || name.endsWith(`.${domain}`));
    return [
      `${VISITOR_COOKIE}=${value}; Path=/; Max-Age=${DAYS * 86_400}; HttpOnly; SameSite=Lax`,
      ...(secure ? ['Secure'] : []),
      ...(within ? [`Domain=${domain}`] : []),
    ].join('; ');
  }

  #sign(secret: string, id: string, day: string): string {
    const text = `${VISITOR_COOKIE}:v1:${this.#settings.environment}:${id}:${day}`;
    return createHmac('sha256', secret).update(text).digest().toString('base64url', 0, 16);
  }
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
