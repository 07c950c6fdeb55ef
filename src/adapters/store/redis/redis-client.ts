import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { readRedisAddress, type RedisAddress } from '../../../config/redis-address.js';
import { Problem } from '../../../domain/problem.js';

/** One server (by itself, or the one that sentinels name), or a cluster of them. */
export type RedisClient = Redis | Cluster;

/** Longest that one command may take, ms; a store that hangs is a store that is away. */
const PATIENCE = 2_000;
const LONGEST_WAIT = 2_000;
/** How often a cluster is asked who serves which slots, ms; a redirection asks at once. */
const SLOTS_EVERY = 2_000;
/** Between attempts at a slot that is on its way from node to node, ms. */
const SLOT_MOVES = 100;

/** Reads the form of `TIDEGATE_REDIS_URL`; CONFIG_INVALID when it is none of ours. */
export function addressOf(url: string): RedisAddress {
  const address = readRedisAddress(url);
  if (address !== null) return address;
  throw new Problem('CONFIG_INVALID', 'The address of Redis has none of the forms that are known');
}

/** An address for people: no credentials. */
export function describeAddress(address: RedisAddress): string {
  if (address.kind === 'server') return address.url.replace(/\/\/[^@/]*@/, '//');
  const nodes = address.nodes.map(({ host, port }) => `${host}:${port}`).join(',');
  return address.kind === 'sentinel' ? `${address.name} by sentinels ${nodes}` : `cluster ${nodes}`;
}

/**
 * A client that connects by itself, again and again. Nothing waits for the store to come back, and nothing that was sent is
 * sent again, but for what a cluster refused because a slot is elsewhere or on its way.
 */
export function openClient(address: RedisAddress): RedisClient {
  if (address.kind === 'server') return new Redis(address.url, OPTIONS);
  if (address.kind === 'cluster') return openCluster(address);
  const { nodes, name, database, tls, sentinel, ...login } = address;
  return new Redis({
    ...OPTIONS,
    ...loginOf(login),
    sentinels: nodes.map((node) => ({ ...node })),
    name,
    role: 'master',
    db: database,
    failoverDetector: true,
    sentinelCommandTimeout: PATIENCE,
    sentinelRetryStrategy: retryAfter,
    ...(sentinel.user && { sentinelUsername: sentinel.user }),
    ...(sentinel.password && { sentinelPassword: sentinel.password }),
    ...(tls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
  });
}

function openCluster({ nodes, tls, ...login }: Extract<RedisAddress, { kind: 'cluster' }>): Cluster {
  return new Cluster(
    nodes.map((node) => ({ ...node })),
    {
      enableOfflineQueue: false,
      // A command whose connection was cut may have been done.
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      retryDelayOnTryAgain: SLOT_MOVES,
      slotsRefreshInterval: SLOTS_EVERY,
      slotsRefreshTimeout: PATIENCE,
      clusterRetryStrategy: retryAfter,
      // Certificates name hosts, not the addresses that they have now.
      ...(tls && { dnsLookup: (host, found) => found(null, host) }),
      redisOptions: {
        connectTimeout: PATIENCE,
        commandTimeout: PATIENCE,
        ...loginOf(login),
        ...(tls && { tls: {} }),
      },
    },
  );
}

function loginOf({ user, password }: { readonly user: string; readonly password: string }): RedisOptions {
  return { ...(user && { username: user }), ...(password && { password }) };
}

/** How long to wait before an attempt to connect, ms: longer and longer, and never the same for all. */
export function retryAfter(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 10), LONGEST_WAIT) * (0.5 + Math.random() / 2);
}

const OPTIONS: RedisOptions = {
  connectTimeout: PATIENCE,
  commandTimeout: PATIENCE,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  retryStrategy: retryAfter,
};
