import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../measure.mjs';
import { startRedis } from '../redis-server.mjs';
import { atMost, row } from '../row.mjs';
import { ENVIRONMENT, Service } from '../servers/service.mjs';
import { again } from './again.mjs';
import { clusterOf, Gateway } from './gateway.mjs';
import { Prometheus } from './prometheus.mjs';

const ROLLOUTS = 500;
const WINDOW = 5;
const MEGABYTE = 1_000_000;
/** Documents in one change of the set-up. */
const AT_ONCE = 400;
/** Guards that are looked at for how late their verdicts come, and how often, ms. */
const WATCHED = 20;
const LOOK = 100;

/**
 * 500 running rollouts with two guards each, on a real Redis and a real Prometheus that scrapes a gateway every 5 s: what the
 * service, which does nothing else, takes of one core; how late verdicts are; what it asks and writes. With one query that all
 * guards share, and, but in the short form, with a template for 500 routes, whose guards ask together.
 */
export async function load({ short }) {
  if (short) return underLoad(byQuery, 'one query for all', 20);
  return [
    ...(await underLoad(byQuery, 'one query for all', 240)),
    ...(await underLoad(byTemplate, 'template envoy, routes in files', 240)),
  ];
}

async function underLoad(documentsOf, what, seconds) {
  const services = Array.from({ length: ROLLOUTS }, (_, i) => `service-${i}.shop.svc.cluster.local`);
  const redis = await startRedis();
  const gateway = await Gateway.open(services);
  const prometheus = await Prometheus.start([gateway.target], WINDOW);
  const env = {
    TIDEGATE_STORE: 'redis',
    TIDEGATE_REDIS_URL: redis.url,
    TIDEGATE_PROMETHEUS_URL: prometheus.url,
  };
  let service;
  try {
    service = await Service.start(env);
    await setUp(service, services, documentsOf);
    await untilJudged(redis.client);
    const title = `${ROLLOUTS} rollouts, ${2 * ROLLOUTS} guards, ${what}`;
    return await measured({ service, redis: redis.client, prometheus }, title, seconds);
  } finally {
    await service?.stop();
    await prometheus.stop();
    gateway.close();
    await redis.stop();
  }
}

async function setUp(service, services, documentsOf) {
  const environment = ENVIRONMENT;
  await service.mutate('createEnvironment', 'CreateEnvironmentInput', { key: environment });
  const changes = services.flatMap(documentsOf);
  for (let from = 0; from < changes.length; from += AT_ONCE) {
    const some = changes.slice(from, from + AT_ONCE);
    const input = { environment, changes: some, idempotencyKey: `changes-${from}` };
    await again(() => service.mutate('applyChanges', 'ApplyChangesInput', input));
  }
  for (const i of services.keys()) {
    const input = { environment, key: `rollout-${i}`, idempotencyKey: `start-${i}` };
    await again(() => service.mutate('startRollout', 'RolloutActInput', input));
  }
}

const GUARDS = { errors: { margin: 1.2 }, floor: { threshold: 0.05 } };

/** A flag, and a rollout of it at 5 % with a guard beside the control and one by itself, on the requests of one service. */
function byQuery(service, i) {
  const arm = { label: 'cluster_name', new: clusterOf(service, 'v2'), control: clusterOf(service, 'v1') };
  const query = {
    bad: 'envoy_cluster_upstream_rq{response_code_class="5xx"}',
    total: 'envoy_cluster_upstream_rq',
    arm,
  };
  const flag = {
    type: 'boolean',
    variants: { on: true, off: false },
    enabled: true,
    defaultVariant: 'off',
    offVariant: 'off',
  };
  const moves = { flag: { key: `flag-${i}`, new: 'on', control: 'off' } };
  return [{ kind: 'flag', key: `flag-${i}`, value: flag }, ...releaseOf(i, moves, { query })];
}

/** The same with a route, on the template. */
function byTemplate(service, i) {
  const route = {
    service,
    port: 80,
    gateways: [{ name: 'shop/public', hosts: [`service-${i}.example.com`] }],
    versions: { v1: { version: 'v1' }, v2: { version: 'v2' } },
    default: 'v1',
    salt: `service-${i}`,
  };
  const moves = { routes: [{ key: `service-${i}`, new: 'v2', control: 'v1' }] };
  return [
    { kind: 'route', key: `service-${i}`, value: route },
    ...releaseOf(i, moves, { template: 'envoy' }),
  ];
}

function releaseOf(i, moves, reads) {
  const guards = Object.entries(GUARDS).map(([name, judged]) => {
    return { kind: 'guard', key: `${name}-${i}`, value: { source: 'prometheus', ...reads, ...judged } };
  });
  const rollout = {
    ...moves,
    steps: [
      { weight: 5_000, hold: 86_400 },
      { weight: 100_000, hold: 600 },
    ],
    guards: guards.map(({ key }) => key),
    salt: `rollout-${i}`,
  };
  return [...guards, { kind: 'rollout', key: `rollout-${i}`, value: rollout }];
}

/** Where the store keeps the record of a guard. */
const STATES = `tidegate:{${ENVIRONMENT}}:states`;
const fieldOf = (i) => `guard/errors-${i}/rollout/rollout-${i}`;

async function recordsOf(redis, count) {
  const found = await redis.hmget(STATES, ...Array.from({ length: count }, (_, i) => fieldOf(i)));
  return found.map((stored) => stored && JSON.parse(stored.slice(stored.indexOf(' ') + 1)));
}

async function untilJudged(redis) {
  const end = Date.now() + 300_000;
  for (;;) {
    const records = await recordsOf(redis, ROLLOUTS);
    if (records.every((record) => record?.windows >= 2)) return;
    if (Date.now() > end) throw new Error(`seen: ${JSON.stringify(records.find((r) => !(r?.windows >= 2)))}`);
    await sleep(500);
  }
}

async function measured({ service, redis, prometheus }, title, seconds) {
  const before = await counts(service, redis, prometheus);
  const lags = await lagsFor(redis, seconds * 1_000);
  const after = await counts(service, redis, prometheus);
  const windows = (after.at - before.at) / 1_000 / WINDOW;
  const each = (what) => (after[what] - before[what]) / windows;
  const records = await recordsOf(redis, ROLLOUTS);
  const judged = median(records.map(({ windows: seen }) => seen));
  return [
    row({
      case: title,
      metric: `CPU of the service over ${seconds} s, of one core (load ${loadavg()[0].toFixed(1)}; ${judged} windows)`,
      unit: '%',
      value: (100 * (after.cpu - before.cpu)) / (after.at - before.at),
      goal: atMost(30, 60),
    }),
    row({
      case: title,
      metric: 'end of a window until its verdict is in the store, p50',
      unit: 'ms',
      value: median(lags),
    }),
    row({
      case: title,
      metric: 'queries to Prometheus, each scrape (5 s)',
      unit: 'queries',
      value: each('queries'),
    }),
    row({ case: title, metric: 'states written, each 5 s', unit: 'states', value: each('states') }),
    row({ case: title, metric: 'commands to Redis, each 5 s', unit: 'commands', value: each('commands') }),
    row({
      case: title,
      metric: 'RSS after a collection',
      unit: 'MB',
      value: (await service.rss()) / MEGABYTE,
    }),
  ];
}

async function counts(service, redis, prometheus) {
  const stats = await redis.info('commandstats');
  const calls = (command) => Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  return {
    at: performance.now(),
    cpu: await service.cpu(),
    queries: await prometheus.queries(),
    states: calls('zadd'),
    commands: calls('evalsha') + calls('time'),
  };
}

/** How long after its end each window of some guards is in the store, ms. */
async function lagsFor(redis, ms) {
  const end = performance.now() + ms;
  const seen = new Map();
  const lags = [];
  while (performance.now() < end) {
    const records = await recordsOf(redis, WATCHED);
    const now = Date.now();
    for (const [i, { watermark }] of records.entries()) {
      if (seen.has(i) && seen.get(i) !== watermark) lags.push(now - watermark);
      seen.set(i, watermark);
    }
    await sleep(LOOK);
  }
  return lags;
}
