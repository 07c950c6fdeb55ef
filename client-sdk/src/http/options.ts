import type { IncomingMessage } from 'node:http';
import { ClientError } from '../client/index.js';

/** How decisions are carried. */
export interface CarrierOptions {
  /**
   * Whether the decision that a request brings is believed: true says that nothing reaches this application but by a
   * gateway with the edge, or by services that carry decisions themselves. A function is asked for each request; one that
   * throws has said no. Default false: what came in is dropped, and does not go out either.
   */
  readonly trust?: boolean | ((request: IncomingMessage | Request) => boolean);
  /**
   * Whether a W3C `baggage` is read where a request has none of our headers. Default false: the edge takes forged headers
   * away, but passes a client's baggage through.
   */
  readonly readBaggage?: boolean;
  /** Whether what goes out has a W3C `baggage` besides the headers. Default true. */
  readonly writeBaggage?: boolean;
  /**
   * Whom `fetch` tells: hosts (`api.internal.example.com`, `*.internal.example.com`), or a function of the address. A
   * targeting key tells who somebody is, so by default only names of a cluster: those without a dot, and those that end in
   * `.svc` or `.cluster.local`.
   */
  readonly to?: readonly string[] | ((url: URL) => boolean);
}

export interface ResolvedOptions {
  readonly trusts: (request: IncomingMessage | Request) => boolean;
  readonly readBaggage: boolean;
  readonly writeBaggage: boolean;
  readonly tells: (url: URL) => boolean;
}

const NAMES = new Set(['trust', 'readBaggage', 'writeBaggage', 'to']);
const INSIDE = /^[^.:[\]]+$|\.svc$|\.cluster\.local$/;

function invalid(message: string): ClientError {
  return new ClientError('INVALID_OPTIONS', message);
}

function flag(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') throw invalid(`${name} must be true or false`);
  return value;
}

function trustOf(trust: CarrierOptions['trust']): ResolvedOptions['trusts'] {
  if (typeof trust !== 'function') {
    const always = flag('trust', trust, false);
    return () => always;
  }
  const ask: (request: IncomingMessage | Request) => unknown = trust;
  return (request) => {
    try {
      return ask(request) === true;
    } catch {
      return false;
    }
  };
}

function isOneOf(hosts: readonly string[]): ResolvedOptions['tells'] {
  const patterns = hosts.map((host) => host.toLowerCase());
  return ({ hostname }) =>
    patterns.some((host) => (host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host));
}

function tellsOf(to: CarrierOptions['to']): ResolvedOptions['tells'] {
  if (to === undefined) return ({ hostname }) => hostname !== 'localhost' && INSIDE.test(hostname);
  if (typeof to === 'function') return to;
  if (!Array.isArray(to) || to.some((host) => typeof host !== 'string' || host === '' || host === '*')) {
    throw invalid('to must be a list of hosts ("api.example.com", "*.example.com") or a function of a URL');
  }
  return isOneOf(to);
}

/** Throws INVALID_OPTIONS, naming the option. */
export function resolveCarrierOptions(options: CarrierOptions): ResolvedOptions {
  const strange = Object.keys(options).find((name) => !NAMES.has(name));
  if (strange !== undefined) throw invalid(`${strange} is no option; there are ${[...NAMES].join(', ')}`);
  return {
    trusts: trustOf(options.trust),
    readBaggage: flag('readBaggage', options.readBaggage, false),
    writeBaggage: flag('writeBaggage', options.writeBaggage, true),
    tells: tellsOf(options.to),
  };
}
