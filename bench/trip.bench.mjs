import 'reflect-metadata';
import { availableParallelism, loadavg } from 'node:os';
import { Logger } from '@nestjs/common';
import { RedisStore } from '../dist/src/adapters/store/redis/redis-store.js';
import { GuardWatcher } from '../dist/src/control/guard-watcher.js';
import { MetricSources } from '../dist/src/control/metric-sources.js';
import { settingsSchema } from '../dist/src/domain/environment.js';
import { guardSchema } from '../dist/src/domain/guard.js';
import { stateKey } from '../dist/src/domain/image.js';
import { atStep } from '../dist/src/domain/rollout/sides.js';
import { rolloutSchema } from '../dist/src/domain/rollout.js';
import { routeSchema } from '../dist/src/domain/route.js';
import { MetricSource } from '../dist/src/ports/metric-source.js';
import { booleanFlag } from './boolean-flag.mjs';
import { startRedis } from './redis-server.mjs';
import { atMost, row } from './row.mjs';

const WHO = { actor: 'token:bench', reason: 'For the benchmark' };
const ENVIRONMENT = 'production';
/** Rollouts of a flag and a route under way, each with one guard. */
const ROLLOUTS = 200;
const WINDOW = 5_000;
const HEALTHY = { bad: 0, total: 100 };
const FAILING = { bad: 50, total: 100 };

/**
 * From the moment in which the leader has the window that breaks a guard to the commit that turns the flag off and takes the route back: as
 * the leader learns of it, and as another replica does. Every guard has a new window in each look, and one of them trips.
 */
export async function run({ short }) {
  Logger.overrideLogger(false);
  const trips = short ? 25 : 150;
  const redis = await startRedis();
  const store = new RedisStore({ url: redis.url, mayInitialise: true });
  const replica = new RedisStore({ url: redis.url });
  const ended = new AbortController();
  let watching;
  try {
    await store.open();
    await replica.open();
    await setUp(store);
    const stage = new Stage();
    const stops = await Promise.all([stage.watch(store, 'committed'), stage.watch(replica, 'seen')]);
    const token = await store.acquireLease(ENVIRONMENT, 'control', 'bench', 3_600_000);
    const watcher = new GuardWatcher(store, new MetricSources([stage]));
    watching = watcher.run({
      environment: ENVIRONMENT,
      lease: { name: 'control', token },
      signal: ended.signal,
    });
    await stage.until(trips);
    for (const stop of stops) stop();
    await expectAllBack(store, stage.broken);
    return [
      ...rowsOf(stage.times('committed'), 'commit', true),
      ...rowsOf(stage.times('seen'), 'known to another replica'),
      busy(),
    ];
  } finally {
    ended.abort();
    await watching;
    await replica.close();
    await store.close();
    await redis.stop();
  }
}

function rowsOf(times, what, isGoal = false) {
  const of = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  const metric = (name) => `tripping window read → ${what}, ${name} of ${times.length}`;
  const common = { case: `${ROLLOUTS} rollouts with a guard each`, unit: 'ms' };
  return [
    row({ ...common, metric: metric('p50'), value: of(0.5) }),
    row({ ...common, metric: metric('p99'), value: of(0.99), ...(isGoal && { goal: atMost(100, 1_000) }) }),
  ];
}

/** A trip is work of two processes, in turns: on a machine with more to do than it has cores, its tail is how long they wait for one. */
function busy() {
  return row({
    case: 'the machine meanwhile',
    metric: `processes that would run, over the last minute, on ${availableParallelism()} cores`,
    value: loadavg()[0],
    unit: 'load',
  });
}

/** A source in whose hands it lies which guard breaks when; it notes when it told so, and when that was acted on. */
class Stage extends MetricSource {
  name = 'prometheus';
  broken = [];
  #told = new Map();
  #done = { committed: new Map(), seen: new Map() };
  #next = 0;
  #wake = () => undefined;

  async read(requests) {
    const breaks = this.#next < 1 ? null : `guard-${this.#next - 1}`;
    const isOver = breaks === null || this.#done.seen.has(breaks);
    const victim = isOver ? `guard-${this.#next}` : null;
    const readings = requests.map(({ subject: { guard }, watermark }) => {
      const to = watermark + WINDOW;
      const fresh = guard.key === victim ? FAILING : HEALTHY;
      const window = { from: watermark, to, new: fresh, control: { bad: 0, total: 1_900 } };
      return { windows: [window], watermark: to, unknown: null, lost: 0, windowLength: WINDOW };
    });
    if (victim !== null) {
      this.#next += 1;
      this.broken.push(victim);
      this.#told.set(victim, performance.now());
    }
    return readings;
  }

  async watch(store, how) {
    return store.watch(ENVIRONMENT, null, {
      reset: () => undefined,
      change: (change) => this.#note(change, how),
    });
  }

  #note({ actor, event }, how) {
    if (event?.kind !== 'trip') return;
    this.#done[how].set(actor.slice('guard:'.length), performance.now());
    this.#wake();
  }

  until(count) {
    return new Promise((resolve) => {
      this.#wake = () => Object.values(this.#done).every(({ size }) => size >= count) && resolve();
    });
  }

  /** Ascending, ms. */
  times(how) {
    return [...this.#done[how]].map(([guard, at]) => at - this.#told.get(guard)).sort((a, b) => a - b);
  }
}

async function expectAllBack(store, broken) {
  const { documents } = await store.image(ENVIRONMENT);
  for (const i of broken.map((_, index) => index).slice(0, -1)) {
    const [flag, route] = [documents.value('flag', `flag-${i}`), documents.value('route', `route-${i}`)];
    if (flag.enabled || flag.rules.length + route.rules.length > 0)
      throw new Error(`rollout-${i} is not back`);
  }
}

async function setUp(store) {
  const settings = { kind: 'settings', key: 'environment', value: settingsSchema.parse({}) };
  await store.createEnvironment(ENVIRONMENT, '', {
    ...WHO,
    edits: [settings],
    expected: { 'settings/environment': 0 },
  });
  const now = await store.now();
  for (let from = 0; from < ROLLOUTS; from += 50) {
    const made = Array.from({ length: 50 }, (_, i) => runningRollout(from + i, now));
    const edits = made.flatMap((one) => one.edits);
    const expected = Object.fromEntries(edits.map(({ kind, key }) => [`${kind}/${key}`, 0]));
    await store.commit(ENVIRONMENT, { ...WHO, edits, state: made.map(({ state }) => state), expected });
  }
}

/** A flag and a route at 5 %, by a rollout in its first step, with a guard; as a start leaves them. */
function runningRollout(i, now) {
  const key = `rollout-${i}`;
  const arms = { new: 'v2', control: 'v1' };
  const rollout = rolloutSchema.parse({
    key,
    flag: { key: `flag-${i}`, new: 'on', control: 'off' },
    routes: [{ key: `route-${i}`, ...arms }],
    steps: [
      { weight: 5_000, hold: 86_400 },
      { weight: 100_000, hold: 600 },
    ],
    guards: [`guard-${i}`],
    salt: key,
  });
  const sides = atStep({ flag: booleanFlag(`flag-${i}`), routes: [routeOf(i)] }, rollout, 0);
  const query = { bad: 'bad', total: 'total', arm: { label: 'version', ...arms } };
  const guard = guardSchema.parse({ key: `guard-${i}`, source: 'prometheus', query, margin: 1.2 });
  const position = {
    run: 1,
    step: 0,
    state: 'running',
    held: 0,
    heldAt: now,
    stepStartedAt: now,
    startedAt: now,
    waiting: '',
  };
  return {
    edits: [
      { kind: 'flag', key: `flag-${i}`, value: sides.flag },
      { kind: 'route', key: `route-${i}`, value: sides.routes[0] },
      { kind: 'guard', key: guard.key, value: guard },
      { kind: 'rollout', key, value: rollout },
    ],
    state: { key: stateKey.rollout(key), value: position, expected: 0 },
  };
}

function routeOf(i) {
  return routeSchema.parse({
    key: `route-${i}`,
    service: `service-${i}.shop.svc.cluster.local`,
    versions: { v1: { version: 'v1' }, v2: { version: 'v2' } },
    salt: `rollout-${i}`,
    default: 'v1',
  });
}
