import { ClientError } from './client-error.js';

/** How a client is made. */
export interface ClientOptions {
  /** Where Tidegate answers: `https://tidegate.example.com`, with or without a path before `/api`. */
  readonly url: string;
  /** A server token of the environment. */
  readonly key: string;
  /** Milliseconds between two deliveries of counts, 100 to 60,000. Default 1,000. */
  readonly flushInterval?: number;
  /** Milliseconds without a sign of life after which the stream counts as broken, 1,000 to 600,000. Default 40,000. */
  readonly silenceTimeout?: number;
  /** Milliseconds until the server must have begun to answer, 100 to 60,000. Default 10,000. */
  readonly connectTimeout?: number;
  /** Milliseconds before the first reconnection, doubled each time up to 30 s, 10 to 30,000. Default 500. */
  readonly retryDelay?: number;
}

export interface ResolvedOptions extends Required<ClientOptions> {
  /** Headers that every request carries. */
  readonly headers: Readonly<Record<string, string>>;
}

const LIMITS = {
  flushInterval: { least: 100, most: 60_000, usual: 1_000 },
  silenceTimeout: { least: 1_000, most: 600_000, usual: 40_000 },
  connectTimeout: { least: 100, most: 60_000, usual: 10_000 },
  retryDelay: { least: 10, most: 30_000, usual: 500 },
} as const;

/** Checks the options and fills the defaults in. Throws INVALID_OPTIONS, naming the option. */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  return {
    url: checkUrl(options.url),
    key: checkKey(options.key),
    flushInterval: checkNumber('flushInterval', options.flushInterval),
    silenceTimeout: checkNumber('silenceTimeout', options.silenceTimeout),
    connectTimeout: checkNumber('connectTimeout', options.connectTimeout),
    retryDelay: checkNumber('retryDelay', options.retryDelay),
    headers: { authorization: `Bearer ${options.key}` },
  };
}

function checkUrl(url: string): string {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.search + parsed.hash !== '') {
    throw new ClientError('INVALID_OPTIONS', 'url must be an http or https address without query or hash');
  }
  return url.replace(/\/+$/, '');
}

function checkKey(key: string): string {
  if (typeof key !== 'string' || !/^[\x21-\x7e]+$/.test(key)) {
    throw new ClientError('INVALID_OPTIONS', 'key must be a token of Tidegate');
  }
  return key;
}

function checkNumber(name: keyof typeof LIMITS, value: number | undefined): number {
  const { least, most, usual } = LIMITS[name];
  const number = value ?? usual;
  if (typeof number === 'number' && number >= least && number <= most) return number;
  throw new ClientError(
    'INVALID_OPTIONS',
    `${name} must be a number from ${least} to ${most} (milliseconds)`,
  );
}
