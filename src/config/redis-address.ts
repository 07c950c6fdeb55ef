export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

interface Credentials {
  /** Empty: none. */
  readonly user: string;
  readonly password: string;
}

/** Where Redis is: one server, the primary that sentinels name, or a cluster. */
export type RedisAddress =
  | { readonly kind: 'server'; readonly url: string }
  | (Credentials & {
      readonly kind: 'sentinel';
      readonly tls: boolean;
      readonly nodes: readonly RedisNode[];
      /** Name of the primary, as the sentinels know it. */
      readonly name: string;
      readonly database: number;
      /** Of the sentinels themselves. */
      readonly sentinel: Credentials;
    })
  | (Credentials & { readonly kind: 'cluster'; readonly tls: boolean; readonly nodes: readonly RedisNode[] });

const SERVER = /^rediss?:\/\/[^\s/]+(\/\d*)?(\?\S*)?$/;
const MANY = /^redis(s?)\+(sentinel|cluster):\/\/(?:([^\s@/]*)@)?([^\s@/?]+)(\S*)$/;
const NODE = /^(\[[0-9a-f:]+\]|[\w.-]+)(?::(\d{1,5}))?$/i;
const PATH = /^\/([^/?]+)(?:\/(\d+))?(?:\?(.*))?$/;
const SENTINEL_PARAMETERS = ['sentinelUser', 'sentinelPassword'];

/**
 * Reads `redis[s]://[user:password@]host[:port][/database]`,
 * `redis[s]+sentinel://[user:password@]host[:port],…/name[/database][?sentinelUser=…&sentinelPassword=…]` or
 * `redis[s]+cluster://[user:password@]host[:port],…`. Ports are 6379 by default, of sentinels 26379. Null when it is
 * none of these.
 */
export function readRedisAddress(text: string): RedisAddress | null {
  try {
    return SERVER.test(text) && URL.canParse(text) ? { kind: 'server', url: text } : readMany(text);
  } catch {
    // An escape that is none.
    return null;
  }
}

function readMany(text: string): RedisAddress | null {
  const [, tls, kind, login = '', hosts = '', rest = ''] = MANY.exec(text) ?? [];
  const nodes = readNodes(hosts, kind === 'sentinel' ? 26_379 : 6_379);
  if (nodes === null) return null;
  const shared = { tls: tls === 's', nodes, ...readLogin(login) };
  if (kind === 'cluster') return rest === '' ? { kind, ...shared } : null;
  return readSentinel(rest, shared);
}

function readNodes(hosts: string, usual: number): RedisNode[] | null {
  const nodes = hosts.split(',').map((host) => readNode(host, usual));
  return nodes.every((node) => node !== null) ? nodes : null;
}

type Sentinel = Extract<RedisAddress, { kind: 'sentinel' }>;
type Shared = Omit<Sentinel, 'kind' | 'name' | 'database' | 'sentinel'>;

function readSentinel(rest: string, shared: Shared): Sentinel | null {
  const [, name, database = '0', query] = PATH.exec(rest) ?? [];
  if (name === undefined) return null;
  const parameters = new URLSearchParams(query);
  if (![...parameters.keys()].every((key) => SENTINEL_PARAMETERS.includes(key))) return null;
  return {
    kind: 'sentinel',
    ...shared,
    name: decodeURIComponent(name),
    database: Number(database),
    sentinel: {
      user: parameters.get('sentinelUser') ?? '',
      password: parameters.get('sentinelPassword') ?? '',
    },
  };
}

function readNode(text: string, usual: number): RedisNode | null {
  const [, host, port = String(usual)] = NODE.exec(text) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return null;
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

function readLogin(login: string): Credentials {
  const colon = login.indexOf(':');
  const user = colon < 0 ? login : login.slice(0, colon);
  const password = colon < 0 ? '' : login.slice(colon + 1);
  return { user: decodeURIComponent(user), password: decodeURIComponent(password) };
}
