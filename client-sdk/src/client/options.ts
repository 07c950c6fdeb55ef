import type { AttributePath, EvaluationContext, Snapshot } from '../engine/index.js';
import { ClientError } from './client-error.js';
import { type Hook, HOOK_STAGES } from './hook.js';
import { mergeContexts } from './merge-contexts.js';
import { asSnapshot } from './snapshot-shape.js';

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
  /**
   * `stream`: changes are told as they are made, over server-sent events; while no stream can be had, the client polls
   * and goes on trying. `poll`: it only polls. Default `stream`.
   */
  readonly mode?: 'stream' | 'poll';
  /**
   * Milliseconds from one poll to the next, 1,000 to 3,600,000, of which up to a tenth is drawn more or less. Default
   * 30,000. Only a configuration that changed is sent.
   */
  readonly pollInterval?: number;
  /**
   * Attributes that every context has unless it brings its own, whole: `{ region: 'eu' }`. Copied here. Default none.
   * Costs one object a call, nothing in a client bound by `forContext`.
   */
  readonly defaultContext?: EvaluationContext;
  /** Stages around every evaluation, in order. Default none; costs nothing then. */
  readonly hooks?: readonly Hook[];
  /**
   * Attributes that rules may go by and that are told to nobody: a name, or a path such as `['verified', 'email']`, each
   * with all below it. Default none. Hooks see contexts without them, and `routeHeaders` leaves out buckets and segments
   * that go by them. Counts hold no attribute at all, only which rule and variant was served how often, and
   * hashes of the key of a rollout's split, unless that is private.
   */
  readonly privateAttributes?: readonly (string | AttributePath)[];
  /**
   * What to answer from before the server is reached: a snapshot, as `GET /api/v1/snapshot` gives it, at once; or a file
   * that holds one, once it is read. Default none. The server's word, and a newer `cacheFile`, take its place.
   */
  readonly bootstrap?: Snapshot | { readonly file: string };
  /**
   * A file in which the last configuration is kept, and found again at the next start. Default none. It is replaced in
   * one step, readable by its owner only, and can be shared by processes of one environment. It holds the rules and
   * segments of the configuration, never a context.
   */
  readonly cacheFile?: string;
  /** Milliseconds from one write of `cacheFile` to the next, at least, 100 to 3,600,000. Default 5,000. */
  readonly cacheInterval?: number;
  /** No network at all: answers from `bootstrap` and `cacheFile`, else the defaults; counts nothing. Default false. */
  readonly offline?: boolean;
}

/** How a client is made that never talks to a server. */
export interface OfflineOptions extends Omit<ClientOptions, 'url' | 'key'> {
  readonly offline: true;
  readonly url?: string;
  readonly key?: string;
}

export interface ResolvedOptions extends Required<
  Omit<ClientOptions, 'defaultContext' | 'privateAttributes' | 'bootstrap' | 'cacheFile'>
> {
  readonly bootstrap: Snapshot | null;
  readonly bootstrapFile: string | null;
  readonly cacheFile: string | null;
  readonly defaultContext: EvaluationContext | null;
  readonly privateAttributes: readonly AttributePath[];
  /** Headers that every request carries. */
  readonly headers: Readonly<Record<string, string>>;
}

const LIMITS = {
  flushInterval: { least: 100, most: 60_000, usual: 1_000 },
  silenceTimeout: { least: 1_000, most: 600_000, usual: 40_000 },
  connectTimeout: { least: 100, most: 60_000, usual: 10_000 },
  retryDelay: { least: 10, most: 30_000, usual: 500 },
  pollInterval: { least: 1_000, most: 3_600_000, usual: 30_000 },
  cacheInterval: { least: 100, most: 3_600_000, usual: 5_000 },
} as const;

/** Checks the options and fills the defaults in. Throws INVALID_OPTIONS, naming the option. */
export function resolveOptions(options: ClientOptions | OfflineOptions): ResolvedOptions {
  checkNames(options);
  const offline = checkSwitch('offline', options.offline);
  const { url = '', key = '' } = options;
  return {
    offline,
    url: offline ? url : checkUrl(url),
    key: offline ? key : checkKey(key),
    flushInterval: checkNumber('flushInterval', options.flushInterval),
    silenceTimeout: checkNumber('silenceTimeout', options.silenceTimeout),
    connectTimeout: checkNumber('connectTimeout', options.connectTimeout),
    retryDelay: checkNumber('retryDelay', options.retryDelay),
    mode: checkMode(options.mode),
    pollInterval: checkNumber('pollInterval', options.pollInterval),
    defaultContext: checkContext(options.defaultContext),
    hooks: checkHooks(options.hooks),
    privateAttributes: checkPaths(options.privateAttributes),
    ...checkBootstrap(options.bootstrap),
    cacheFile: checkPath('cacheFile', options.cacheFile),
    cacheInterval: checkNumber('cacheInterval', options.cacheInterval),
    headers: { authorization: `Bearer ${key}` },
  };
}

const NAMES: ReadonlySet<string> = new Set<keyof ClientOptions>([
  'offline',
  'url',
  'key',
  'flushInterval',
  'silenceTimeout',
  'connectTimeout',
  'retryDelay',
  'mode',
  'pollInterval',
  'defaultContext',
  'hooks',
  'privateAttributes',
  'bootstrap',
  'cacheFile',
  'cacheInterval',
]);

/** An option that is spelled wrong would be a silent default. */
function checkNames(options: object): void {
  const unknown = Object.keys(options).find((name) => !NAMES.has(name));
  if (unknown !== undefined) throw new ClientError('INVALID_OPTIONS', `${unknown} is no option of a client`);
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

function checkMode(mode: ClientOptions['mode'] = 'stream'): 'stream' | 'poll' {
  if (mode === 'stream' || mode === 'poll') return mode;
  throw new ClientError('INVALID_OPTIONS', "mode must be 'stream' or 'poll'");
}

function checkSwitch(name: string, value: boolean | undefined): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw new ClientError('INVALID_OPTIONS', `${name} must be true or false`);
}

function checkPath(name: string, path: string | undefined): string | null {
  if (path === undefined) return null;
  if (typeof path === 'string' && path !== '' && !path.includes('\0')) return path;
  throw new ClientError('INVALID_OPTIONS', `${name} must be the path of a file`);
}

function checkBootstrap(given: ClientOptions['bootstrap']) {
  if (given === undefined) return { bootstrap: null, bootstrapFile: null };
  if (isRecord(given) && 'file' in given) {
    return { bootstrap: null, bootstrapFile: checkPath('bootstrap.file', given.file) };
  }
  try {
    return { bootstrap: structuredClone(asSnapshot(given)), bootstrapFile: null };
  } catch {
    throw new ClientError('INVALID_OPTIONS', 'bootstrap must be a snapshot, or { file } that names one');
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkContext(context: EvaluationContext | undefined): EvaluationContext | null {
  if (context === undefined) return null;
  if (isRecord(context)) return mergeContexts({}, context);
  throw new ClientError('INVALID_OPTIONS', 'defaultContext must be an object of attributes');
}

function checkHooks(hooks: readonly Hook[] = []): readonly Hook[] {
  const isHook = (hook: unknown): boolean =>
    isRecord(hook) &&
    HOOK_STAGES.every((stage) => hook[stage] === undefined || typeof hook[stage] === 'function');
  if (Array.isArray(hooks) && hooks.every(isHook)) return [...hooks];
  throw new ClientError(
    'INVALID_OPTIONS',
    `hooks must be a list of objects whose ${HOOK_STAGES.join(', ')} are functions, where they are there`,
  );
}

function checkPaths(paths: readonly (string | AttributePath)[] = []): readonly AttributePath[] {
  const asPath = (path: unknown): unknown => (typeof path === 'string' ? [path] : path);
  const isPath = (path: unknown): path is AttributePath =>
    Array.isArray(path) && path.length > 0 && path.every((name) => typeof name === 'string' && name !== '');
  const found: unknown[] = Array.isArray(paths) ? paths.map(asPath) : [null];
  if (found.every(isPath)) return found.map((path) => [...path]);
  throw new ClientError(
    'INVALID_OPTIONS',
    "privateAttributes must be a list of attribute names, or of paths such as ['verified', 'email']",
  );
}
