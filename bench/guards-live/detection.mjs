import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { median } from '../measure.mjs';
import { randomFrom } from '../guards/random.mjs';
import { inParallel } from '../mesh/in-parallel.mjs';
import { startRedis } from '../redis-server.mjs';
import { atLeast, atMost, row } from '../row.mjs';
import { Contestant, freePort } from '../servers/contestant.mjs';
import { ENVIRONMENT, Service } from '../servers/service.mjs';
import { again } from './again.mjs';
import { Prometheus } from './prometheus.mjs';
import { goneOn, replayed, trafficOf } from './replay.mjs';
import { Traffic } from './traffic.mjs';

const APP = fileURLToPath(new URL('./app.mjs', import.meta.url));
const RATE = 200;
const SPLIT = 0.05;
const BASE = 0.02;
const SCRAPE = 1;
const LOOK = 250;
const HOLDS = [86_400, 600];
const PLANNED = 1_000 * HOLDS.reduce((sum, hold) => sum + hold);
/** Runs that are only counted, not sent. */
const COUNTED = 1_000;
/** When the rollout of a counted run starts, ms after its traffic: about as in those that are sent. */
const AFTER = 1_250;
/** Runs with doubled errors; the short form finds ten times as many, which takes seconds. */
const FULL = { runs: 20, atOnce: 5, ratio: 2, patience: 600 };
const SHORT = { runs: 3, atOnce: 3, ratio: 10, patience: 120 };

/**
 * An app whose new version fails more often, from the first request on: 200 requests a second over HTTP, 5 % of them by the flag to the
 * new version, 2 % base errors, counters that a real Prometheus scrapes every second, a guard with margin 1 and phi 1, a real
 * Redis. Counted is what the new version had answered by the end of the window that tripped; beside it, what the accumulator finds
 * that is given the same answers themselves.
 */
export async function detection({ short }) {
  const size = short ? SHORT : FULL;
  const parts = [];
  const begun = async (part) => {
    parts.push(await part);
    return parts.at(-1);
  };
  try {
    const redis = await begun(startRedis());
    const prometheusPort = await freePort();
    const env = {
      TIDEGATE_STORE: 'redis',
      TIDEGATE_REDIS_URL: redis.url,
      TIDEGATE_PROMETHEUS_URL: `http://127.0.0.1:${prometheusPort}`,
    };
    const service = await begun(Service.start(env));
    const TOKEN = await service.setUp({});
    const worse = { BASE: String(BASE), WORSE: String(BASE * size.ratio) };
    const app = await begun(
      Contestant.start(APP, { env: { TIDEGATE: service.url, TOKEN, ...worse }, ready: '/metrics' }),
    );
    const prometheus = await begun(Prometheus.start([`127.0.0.1:${app.port}`], SCRAPE, prometheusPort));
    const found = [];
    const numbers = Array.from({ length: size.runs }, (_, i) => i + 1);
    await inParallel(numbers, size.atOnce, async (run) => {
      found.push(await play({ service, app, prometheus, run, ...size }));
    });
    return rowsOf(found, size);
  } finally {
    for (const part of parts.toReversed()) await part.stop();
  }
}

const WINDOWS = { window: 1_000 * SCRAPE, plannedMs: PLANNED };
const trafficAs = (run, ratio) => ({ run, rate: RATE, split: SPLIT, base: BASE, worse: BASE * ratio });

/** One rollout, from its start until its guard has closed it; what it cost. */
async function play({ service, app, prometheus, run, patience, ratio }) {
  const traffic = new Traffic({ port: app.port, run, rate: RATE });
  try {
    await begin({ service, prometheus, run });
    const started = Date.now();
    const evidence = await tripOf(service, run, started + patience * 1_000);
    const until = evidence?.until ?? null;
    // So that the app has heard of it.
    await sleep(1_000);
    const told = await (await again(() => fetch(`${app.url}/told/${run}`))).json();
    const own = told.filter(([, isNew]) => isNew);
    const seen = own.filter(([at]) => at <= (until ?? Infinity));
    return {
      isFound: until !== null,
      seconds: ((until ?? Date.now()) - started) / 1_000,
      requests: seen.length,
      judged: evidence?.newTotal ?? 0,
      bad: seen.filter(([, , isBad]) => isBad).length,
      stopped: (own.at(-1)[0] - (until ?? Date.now())) / 1_000,
      counted: replayed(goneOn(told, trafficAs(run, ratio)), { from: started, ...WINDOWS }),
    };
  } finally {
    traffic.stop();
  }
}

async function begin({ service, prometheus, run }) {
  const environment = ENVIRONMENT;
  const of = (version) => `${run}-${version}`;
  const query = {
    bad: 'answers_total{code="500"}',
    total: 'answers_total',
    arm: { label: 'arm', new: of('v2'), control: of('v1') },
  };
  const documents = {
    flag: {
      type: 'boolean',
      variants: { on: true, off: false },
      enabled: true,
      defaultVariant: 'off',
      offVariant: 'off',
    },
    guard: { source: 'prometheus', query, margin: 1, phi: 1 },
    rollout: {
      flag: { key: `flag-${run}`, new: 'on', control: 'off' },
      steps: [
        { weight: SPLIT * 100_000, hold: HOLDS[0] },
        { weight: 100_000, hold: HOLDS[1] },
      ],
      guards: [`guard-${run}`],
      salt: `rollout-${run}`,
    },
  };
  const changes = Object.entries(documents).map(([kind, value]) => ({ kind, key: `${kind}-${run}`, value }));
  const mutate = (name, type, input) =>
    again(() => service.mutate(name, type, { environment, ...input, idempotencyKey: `${name}-${run}` }));
  await mutate('applyChanges', 'ApplyChangesInput', { changes });
  // The control is scraped before anybody meets the new version, which happens at any time after a scrape.
  await again(() => prometheus.untilScraped(`answers_total{arm="${of('v1')}"}`));
  await sleep(1_000 * SCRAPE * randomFrom(7_919 * run)());
  await mutate('startRollout', 'RolloutActInput', { key: `rollout-${run}` });
}

/** What the guard had seen by the end of the window that tripped it; null where none did before `end`. */
async function tripOf(service, run, end) {
  const query = `{ guard(environment: "${ENVIRONMENT}", key: "guard-${run}") { records { trippedAt evidence } } }`;
  for (;;) {
    const [record] = await again(async () => (await service.query(query)).guard.records);
    if (record?.trippedAt) return record.evidence;
    if (Date.now() > end) return null;
    await sleep(LOOK);
  }
}

function rowsOf(found, { runs, ratio }) {
  const title = `errors × ${ratio} at 5 % of ${RATE} a second, ${runs} runs (load ${loadavg()[0].toFixed(1)})`;
  const middle = (of) => median(found.map(of));
  const tooMany = BASE * (ratio - 1);
  const excess = middle(({ requests }) => requests * tooMany);
  const figures = [
    {
      metric: 'runs in which the guard closed',
      unit: 'runs',
      value: found.filter(({ isFound }) => isFound).length,
      goal: atLeast(runs, runs),
    },
    {
      metric: 'bad requests too many to expect, by the end of the window that trips, median',
      unit: 'requests',
      value: excess,
      ...(ratio === 2 ? { goal: atMost(18) } : {}),
    },
    {
      metric: 'the same, beside what the accumulator needs that is given these answers one by one',
      unit: 'requests',
      value: excess,
      reference: middle(({ counted }) => counted * tooMany),
    },
    {
      metric: `what it needs in the median of ${COUNTED} such runs`,
      unit: 'requests',
      value: median(countedOnly(ratio)) * tooMany,
    },
    {
      metric: 'bad requests above 2 % that were counted by then, median',
      unit: 'requests',
      value: middle((one) => one.bad - one.requests * BASE),
    },
    {
      metric: 'requests of the new version that were judged, of those answered by then, median',
      unit: 'share',
      value: middle(({ judged, requests }) => judged / requests),
    },
    {
      metric: 'start of the rollout until the end of the window that trips, median',
      unit: 's',
      value: middle(({ seconds }) => seconds),
    },
    {
      metric: 'end of that window until the last request of the new version, median',
      unit: 's',
      value: middle(({ stopped }) => stopped),
    },
  ];
  return figures.map((figure) => row({ case: title, ...figure }));
}

/** Requests of the new version until it is found, in runs that are only counted. */
function countedOnly(ratio) {
  return Array.from({ length: COUNTED }, (_, i) => {
    const traffic = trafficOf({ ...trafficAs(i + 1, ratio), after: AFTER });
    return replayed(traffic, { from: AFTER, ...WINDOWS });
  });
}
