import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import type { EvaluationContext } from '../engine/index.js';
import { Carried } from './carried.js';
import { type Decision, NO_DECISION } from './decision.js';
import { fastifyPlugin } from './fastify.js';
import { carriedBy } from './incoming.js';
import { type CarrierOptions, resolveCarrierOptions } from './options.js';
import { fetchTelling } from './fetch-telling.js';
import { type OutgoingHeaders, outgoingHeaders } from './outgoing.js';

type Incoming = IncomingMessage | Request;

const OURS = ['x-tg-b', 'x-tg-s', 'x-tg-k'];

/** Of work that belongs to no request. */
const NOTHING_CARRIED = new Carried(NO_DECISION);

/**
 * Reads what was decided about a request's subject, keeps it for as long as the request is worked on, and hands it to the
 * services that are called meanwhile, so that a subject stays in one arm along a chain of calls. Never throws for what a
 * request holds.
 */
export class Carrier {
  readonly #options;
  readonly #storage = new AsyncLocalStorage<Carried>();
  readonly #known = new WeakMap<object, Carried>();

  /** Made by `createCarrier`. Throws INVALID_OPTIONS. */
  constructor(options: CarrierOptions) {
    this.#options = resolveCarrierOptions(options);
  }

  /** Middleware for Express, for Nest on Express, and for whatever else calls `(request, response, next)`. */
  readonly middleware = (request: IncomingMessage, _response: unknown, next: () => void): void => {
    this.#storage.run(this.#take(request, request), next);
  };

  /** A plugin for Fastify, and for Nest on Fastify: `app.register(carrier.fastify)`. */
  readonly fastify = fastifyPlugin(
    (request, next) => this.#storage.run(this.#take(request.raw, request), next),
    (request, next) => this.#storage.run(this.of(request), next),
  );

  /** Wraps a handler of servers that speak in `Request` and `Response`. */
  readonly handler =
    <Rest extends unknown[], Answer>(handle: (request: Request, ...rest: Rest) => Answer) =>
    (request: Request, ...rest: Rest): Answer =>
      this.#storage.run(this.#take(request, request), () => handle(request, ...rest));

  /**
   * `fetch` that hands the decision to whom it may be told (option `to`), in place of any that the request holds already.
   * To others the request goes as it is, and on a redirect to them the decision stays behind.
   */
  readonly fetch: typeof globalThis.fetch = (input, init) => {
    const url = addressOf(input);
    if (url === null || !this.#options.tells(url)) return globalThis.fetch(input, init);
    const given = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    return fetchTelling(input, init, (to) => this.#headersFor(to, given));
  };

  /** Those that a request is given, with the decision for whom it may be told. */
  #headersFor(url: URL, given: Headers): Headers {
    const headers = new Headers(given);
    const others = headers.get('baggage') ?? '';
    for (const name of [...OURS, 'baggage']) headers.delete(name);
    const told = this.#options.tells(url)
      ? this.headers(others)
      : { baggage: outgoingHeaders(NOTHING_CARRIED.form, others).baggage };
    if (!this.#options.writeBaggage && others !== '') headers.set('baggage', others);
    for (const [name, value] of Object.entries(told)) if (value !== undefined) headers.set(name, value);
    return headers;
  }

  /** What the work at hand carries; nothing outside of a request. */
  get current(): Carried {
    return this.#storage.getStore() ?? NOTHING_CARRIED;
  }

  /** The evaluation context of the work at hand: `tidegate.boolean('new-checkout', carrier.context, false)`. */
  get context(): EvaluationContext {
    return this.current.context;
  }

  /** What a request carries; nothing where it passed no middleware. Takes what the framework gives its handlers. */
  of(request: object): Carried {
    const { raw } = request as { readonly raw?: unknown };
    const known = this.#known.get(request);
    if (known !== undefined) return known;
    return (typeof raw === 'object' && raw !== null && this.#known.get(raw)) || NOTHING_CARRIED;
  }

  /** Works on behalf of a decision outside of a request: for a message of a queue, say. */
  run<T>(decision: Decision, work: () => T): T {
    return this.#storage.run(new Carried(decision), work);
  }

  /** The headers for a client other than `fetch`. `baggage`: what the request has of others. */
  headers(baggage = ''): OutgoingHeaders {
    return outgoingHeaders(this.current.form, this.#options.writeBaggage ? baggage : null);
  }

  #take(incoming: Incoming, given: object): Carried {
    const carried = carriedBy(incoming, this.#options);
    this.#known.set(incoming, carried).set(given, carried);
    Object.defineProperty(given, 'tidegate', { value: carried, configurable: true, enumerable: false });
    return carried;
  }
}

/** Null where the address is none: `fetch` says so itself. */
function addressOf(input: Parameters<typeof fetch>[0]): URL | null {
  const text = input instanceof Request ? input.url : String(input);
  return URL.canParse(text) ? new URL(text) : null;
}

/** Makes a carrier: one for an application. Throws INVALID_OPTIONS, naming the option. */
export function createCarrier(options: CarrierOptions = {}): Carrier {
  return new Carrier(options);
}
