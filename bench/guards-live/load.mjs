import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../measure.mjs';
import { startRedis } from '../redis-server.mjs';
import { atMost, row } from '../row.mjs';
import { ENVIRONMENT, Service } from '../servers/service.mjs';
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
 * service, which does nothing else, takes of one core; how late verdicts are; what it asks and writes.
 */
export async function load({ short }) {
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
    await setUp(service, services);
    await untilJudged(redis.client);
    return await measured({ service, redis: redis.client, prometheus }, short ? 30 : 240);
  } finally {
    await service?.stop();
    await prometheus.stop();
    gateway.close();
    await redis.stop();
  }
}

async function setUp(service, services) {
  const environment = ENVIRONMENT;
  await service.mutate('createEnvironment', 'CreateEnvironmentInput', { key: environment });
  const changes = services.flatMap(documentsOf);
  for (let from = 0; from < changes.length; from += AT_ONCE) {
    const some = changes.slice(from, from + AT_ONCE);
    await service.mutate('applyChanges', 'ApplyChangesInput', { environment, changes: some });
  }
  for (const i of services.keys())
    await service.mutate('startRollout', 'RolloutActInput', { environment, key: `rollout-${i}` });
}

/** A flag, and a rollout of it at 5 % with a guard beside the control and one by itself, on the requests of one service. */
function documentsOf(service, i) {
  const flag = {
    type: 'boolean',
    variants: { on: true, off: false },
    enabled: true,
    defaultVariant: 'off',
    offVariant: 'off',
  };
  const arm = { label: 'cluster_name', new: clusterOf(service, 'v2'), control: clusterOf(service, 'v1') };
  const query = {
    bad: 'envoy_cluster_upstream_rq{response_code_class="5xx"}',
    total: 'envoy_cluster_upstream_rq',
    arm,
  };
  const guard = { source: 'prometheus', query };
  const rollout = {
    flag: { key: `flag-${i}`, new: 'on', control: 'off' },
    steps: [
      { weight: 5_000, hold: 86_400 },
      { weight: 100_000, hold: 600 },
    ],
    guards: [`errors-${i}`, `floor-${i}`],
    salt: `rollout-${i}`,
  };
  return [
    { kind: 'flag', key: `flag-${i}`, value: flag },
    { kind: 'guard', key: `errors-${i}`, value: { ...guard, margin: 1.2 } },
    { kind: 'guard', key: `floor-${i}`, value: { ...guard, threshold: 0.05 } },
    { kind: 'rollout', key: `rollout-${i}`, value: rollout },
  ];
}

/** Where the store keeps the record of a guard. */
const STATES = `tidegate:{${ENVIRONMENT}}:states`;
const fieldOf = (i) => `guard/errors-${i}/rollout/rollout-${i}`;

async function recordsOf(redis, count) {
  const found = await redis.hmget(STATES, ...Array.from({ length: count }, (_, i) => fieldOf(i)));
  return found.map((stored) => stored && JSON.parse(stored.slice(stored.indexOf(' ') + 1)));
}

async function untilJudged(redis) {
  const end = Date.now() + 120_000;
  for (;;) {
    const records = await recordsOf(redis, ROLLOUTS);
    if (records.every((record) => record?.windows >= 2)) return;
    if (Date.now() > end) throw new Error(`seen: ${JSON.stringify(records.find((r) => !(r?.windows >= 2)))}`);
    await sleep(500);
  }
}

async function measured({ service, redis, prometheus }, seconds) {
  const before = await counts(service, redis, prometheus);
  const lags = await lagsFor(redis, seconds * 1_000);
  const after = await counts(service, redis, prometheus);
  const windows = (after.at - before.at) / 1_000 / WINDOW;
  const each = (what) => (after[what] - before[what]) / windows;
  const records = await recordsOf(redis, ROLLOUTS);
  const judged = median(records.map(({ windows: seen }) => seen));
  const title = `${ROLLOUTS} rollouts, ${2 * ROLLOUTS} guards`;
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
      metric: 'requests to Prometheus, each 5 s',
      unit: 'requests',
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
