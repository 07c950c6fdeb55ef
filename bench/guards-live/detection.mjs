import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { median } from '../measure.mjs';
import { inParallel } from '../mesh/in-parallel.mjs';
import { startRedis } from '../redis-server.mjs';
import { atLeast, atMost, row } from '../row.mjs';
import { Contestant, freePort } from '../servers/contestant.mjs';
import { ENVIRONMENT, Service } from '../servers/service.mjs';
import { again } from './again.mjs';
import { Prometheus } from './prometheus.mjs';
import { Traffic } from './traffic.mjs';

const APP = fileURLToPath(new URL('./app.mjs', import.meta.url));
const RATE = 200;
const SPLIT = 0.05;
const BASE = 0.02;
const SCRAPE = 1;
const LOOK = 250;
/** Runs with doubled errors; the short form finds ten times as many, which takes seconds. */
const FULL = { runs: 20, atOnce: 5, ratio: 2, patience: 600 };
const SHORT = { runs: 3, atOnce: 3, ratio: 10, patience: 120 };

/**
 * An app whose new version fails more often, from the first request on: 200 requests a second over HTTP, 5 % of them by the flag to the
 * new version, 2 % base errors, counters that a real Prometheus scrapes every second, a guard with margin 1 and phi 1, a real
 * Redis. Counted is what the new version had answered by the end of the window that tripped.
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
    await begun(Prometheus.start([`127.0.0.1:${app.port}`], SCRAPE, prometheusPort));
    const found = [];
    const numbers = Array.from({ length: size.runs }, (_, i) => i + 1);
    await inParallel(numbers, size.atOnce, async (run) => {
      found.push(await play({ service, app, run, patience: size.patience }));
    });
    return rowsOf(found, size);
  } finally {
    for (const part of parts.toReversed()) await part.stop();
  }
}

/** One rollout, from its start until its guard has closed it; what it cost. */
async function play({ service, app, run, patience }) {
  const traffic = new Traffic({ port: app.port, run, rate: RATE });
  try {
    await begin(service, run);
    const started = Date.now();
    const until = await tripOf(service, run, started + patience * 1_000);
    // So that the app has heard of it.
    await sleep(1_000);
    const told = await (await again(() => fetch(`${app.url}/told/${run}`))).json();
    const seen = told.filter(([at]) => at <= (until ?? Infinity));
    const bad = seen.filter(([, isBad]) => isBad).length;
    return {
      isFound: until !== null,
      seconds: ((until ?? Date.now()) - started) / 1_000,
      requests: seen.length,
      bad,
      stopped: (told.at(-1)[0] - (until ?? Date.now())) / 1_000,
      all: told.length,
    };
  } finally {
    traffic.stop();
  }
}

async function begin(service, run) {
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
        { weight: SPLIT * 100_000, hold: 86_400 },
        { weight: 100_000, hold: 600 },
      ],
      guards: [`guard-${run}`],
      salt: `rollout-${run}`,
    },
  };
  const changes = Object.entries(documents).map(([kind, value]) => ({ kind, key: `${kind}-${run}`, value }));
  const mutate = (name, type, input) =>
    again(() => service.mutate(name, type, { environment, ...input, idempotencyKey: `${name}-${run}` }));
  await mutate('applyChanges', 'ApplyChangesInput', { changes });
  // The control is scraped once before anybody meets the new version.
  await sleep(1_000 * SCRAPE);
  await mutate('startRollout', 'RolloutActInput', { key: `rollout-${run}` });
}

/** The end of the window that tripped the guard, epoch ms; null where none did before `end`. */
async function tripOf(service, run, end) {
  const query = `{ guard(environment: "${ENVIRONMENT}", key: "guard-${run}") { records { trippedAt evidence } } }`;
  for (;;) {
    const [record] = await again(async () => (await service.query(query)).guard.records);
    if (record?.trippedAt) return record.evidence.until;
    if (Date.now() > end) return null;
    await sleep(LOOK);
  }
}

function rowsOf(found, { runs, ratio }) {
  const title = `errors × ${ratio} at 5 % of ${RATE} a second, ${runs} runs (load ${loadavg()[0].toFixed(1)})`;
  const middle = (of) => median(found.map(of));
  const bad = {
    case: title,
    metric: 'bad requests too many to expect, by the end of the window that trips, median',
    unit: 'requests',
    value: middle(({ requests }) => requests * BASE * (ratio - 1)),
  };
  return [
    row({
      case: title,
      metric: 'runs in which the guard closed',
      unit: 'runs',
      value: found.filter(({ isFound }) => isFound).length,
      goal: atLeast(runs, runs),
    }),
    row(ratio === 2 ? { ...bad, goal: atMost(18) } : bad),
    row({
      case: title,
      metric: 'bad requests above 2 % that were counted by then, median',
      unit: 'requests',
      value: middle((one) => one.bad - one.requests * BASE),
    }),
    row({
      case: title,
      metric: 'start of the rollout until the end of the window that trips, median',
      unit: 's',
      value: middle(({ seconds }) => seconds),
    }),
    row({
      case: title,
      metric: 'end of that window until the last request of the new version, median',
      unit: 's',
      value: middle(({ stopped }) => stopped),
    }),
  ];
}
