import type { Change, GuardRecord, ReplayedVerdict } from '../../src/schema.types.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { ENVIRONMENT, FLAG, ROLLOUT, startRollout } from './checkout.js';
import { Exporter } from './exporter.js';
import { startPrometheus, type TestPrometheus } from './prometheus.js';
import { Redis } from './redis.js';
import { ServiceProcess, type Settings } from './service-process.js';
import type { Stage } from './stage.js';
import type { TurnedClock } from './turned-clock.js';
import { WebhookReceiver } from './webhook-receiver.js';

/** What a guard reads here: requests by version, of which those with code 500 are bad. */
const QUERY = {
  bad: 'requests_total{code="500"}',
  total: 'requests_total',
  arm: { label: 'version', new: 'v2', control: 'v1' },
};
/** Payments by version, which fail as often as requests do. */
export const PAYMENTS = {
  bad: 'payments_total{outcome="failed"}',
  total: 'payments_total',
  arm: QUERY.arm,
};
/** What a guard on their times reads: a histogram in milliseconds. */
export const TIMES = { buckets: 'took_milliseconds_bucket', arm: QUERY.arm };
const TICK = 200;
const PER_TICK = 20;
const reason = 'For a test';

/** What stands around the rollout; one replica, and two steps of ten minutes, unless set. */
export interface GuardedOptions {
  readonly settings?: Settings;
  /** What Redis goes by. */
  readonly clock?: TurnedClock;
  readonly replicas?: number;
  /** Weights, or whole steps. */
  readonly steps?: readonly (number | object)[];
  /** Seconds of each step that is only a weight; null: until somebody promotes. */
  readonly hold?: number | null;
  /** What is counted besides, once a tick. */
  readonly serve?: (exporter: Exporter) => void;
}

/** A rollout of a flag at 50 %, on a real Redis, watched by guards that ask a real Prometheus, with traffic in both arms. */
export class GuardedRollout {
  /** Bad share of each version's requests. */
  readonly bad = { v1: 0, v2: 0 };
  /** Share of each version's requests that takes longer than 250 ms; another tenth takes longer than 100. */
  readonly slow = { v1: 0.05, v2: 0.05 };

  private constructor(
    /** All replicas. */
    readonly services: readonly ServiceProcess[],
    readonly redis: Redis,
    readonly prometheus: TestPrometheus,
    readonly receiver: WebhookReceiver,
  ) {}

  /** Starts everything, with these guards (key → fields of the guard beside source and query), and the rollout; a number is a step of that weight, held for 10 minutes. */
  static async start(
    stage: Stage,
    guards: { readonly [key: string]: { readonly [field: string]: unknown } },
    options: GuardedOptions = {},
  ): Promise<GuardedRollout> {
    const { settings = {}, clock, replicas = 1, steps = [50_000, 100_000], hold = 600, serve } = options;
    const redis = stage.keep(await Redis.start({ env: clock?.env ?? {} }), (one) => one.stop());
    const receiver = stage.keep(await WebhookReceiver.start(), (one) => one.close());
    const exporter = stage.keep(await Exporter.start(), (one) => one.gone());
    const prometheus = stage.keep(await startPrometheus([exporter.target]), (one) => one.stop());
    const how = {
      settings: {
        TIDEGATE_STORE: 'redis',
        TIDEGATE_REDIS_URL: redis.url,
        TIDEGATE_PROMETHEUS_URL: prometheus.url,
        TIDEGATE_LOG_LEVEL: 'debug',
        TIDEGATE_OUTGOING_LOOPBACK: receiver.address,
        ...settings,
      },
      env: { WEBHOOK_SECRET: receiver.secret },
    };
    const services = await Promise.all(Array.from({ length: replicas }, () => stage.service(how)));
    const guarded = new GuardedRollout(services, redis, prometheus, receiver);
    const traffic = setInterval(() => {
      guarded.#serve(exporter);
      serve?.(exporter);
    }, TICK);
    stage.keep(traffic, clearInterval);
    await guarded.#setUp(guards, steps, hold);
    return guarded;
  }

  /** The first replica that runs. */
  get service(): ServiceProcess {
    const running = this.services.find(({ process }) => process.running);
    if (running === undefined) throw new Error('no replica runs');
    return running;
  }

  async recordOf(guard: string, { admin } = this.service): Promise<GuardRecord> {
    const { guard: found } = await admin.run(
      `query ($environment: ID!, $key: ID!) {
        guard(environment: $environment, key: $key) {
          records { subject state windows logE newBad newTotal unseenSince trippedAt noHarm noHarmInStep ranges { name low high } evidence trouble troubleCode warnings { field } afterTrip { windows } }
        }
      }`,
      { environment: ENVIRONMENT, key: guard },
    );
    const [record] = found?.records ?? [];
    if (record === undefined) throw new Error(`guard ${guard} has no record`);
    return record;
  }

  /** What /metrics says of a guard, by what comes after `tidegate_guard_`, with the state or outcome that it is of, if any. */
  async metrics(guard: string): Promise<{ readonly [name: string]: number }> {
    const text = await (await fetch(`${this.service.url}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.includes(`guard="${guard}"`));
    return Object.fromEntries(
      lines.map((line) => {
        const [, name = line, labels = '', value] = /^tidegate_guard_(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
        const of = /(?:state|outcome)="(\w+(?:-\w+)?)"/.exec(labels)?.[1];
        return [of === undefined ? name : `${name} ${of}`, Number(value)];
      }),
    );
  }

  /** Kept verdicts of a guard, oldest first, each judged again. */
  async replayed(guard: string): Promise<readonly ReplayedVerdict[]> {
    const { admin } = this.service;
    const { verdicts } = await admin.run(
      `query ($environment: ID!, $guard: ID!) { verdicts(environment: $environment, guard: $guard) { id } }`,
      { environment: ENVIRONMENT, guard },
    );
    const replays = verdicts.map(async ({ id }) => {
      const { replayVerdict } = await admin.run(
        `query ($environment: ID!, $id: ID!) {
          replayVerdict(environment: $environment, id: $id) { id decided judge state logE code same differs result again inputs }
        }`,
        { environment: ENVIRONMENT, id },
      );
      return replayVerdict;
    });
    return (await Promise.all(replays)).toReversed();
  }

  /** Waits until a guard is in this state. */
  untilState(guard: string, state: string): Promise<GuardRecord> {
    return eventually(async () => {
      const record = await this.recordOf(guard);
      if (record.state !== state) throw new Error(`guard ${guard} is ${record.state}: ${record.trouble}`);
      return record;
    }, 60_000);
  }

  /** Waits for a change with an event of this kind that a guard did of itself. */
  untilDid(kind: string, guard: string): Promise<Change> {
    return eventually(async () => {
      const changes = await this.service.admin.history(ENVIRONMENT, `guard/${guard}`);
      const found = changes.find((change) => change.event?.kind === kind);
      if (found === undefined) throw new Error(`guard ${guard} has done no ${kind}`);
      return found;
    }, 60_000);
  }

  #serve(exporter: Exporter): void {
    for (const version of ['v1', 'v2'] as const) {
      const bad = Math.round(PER_TICK * this.bad[version]);
      exporter.add(`requests_total{version="${version}",code="500"}`, bad);
      exporter.add(`requests_total{version="${version}",code="200"}`, PER_TICK - bad);
      exporter.add(`payments_total{version="${version}",outcome="failed"}`, bad);
      exporter.add(`payments_total{version="${version}",outcome="paid"}`, PER_TICK - bad);
      const slow = PER_TICK * this.slow[version];
      for (const [le, upTo] of [
        ['100', PER_TICK * 0.9 - slow],
        ['250', PER_TICK - slow],
        ['+Inf', PER_TICK],
      ] as const)
        exporter.add(`took_milliseconds_bucket{version="${version}",le="${le}"}`, upTo);
    }
  }

  async #setUp(
    guards: { readonly [key: string]: object },
    steps: readonly (number | object)[],
    hold: number | null,
  ): Promise<void> {
    const { admin } = this.service;
    const environment = ENVIRONMENT;
    await admin.do('createEnvironment', { key: environment, reason });
    const url = `http://${this.receiver.address}/hook`;
    const webhooks = [{ url, secretRef: 'env:WEBHOOK_SECRET', events: ['*'] }];
    await admin.do('setWebhooks', { environment, reason, webhooks });
    await admin.do('createFlag', { environment, key: FLAG, reason });
    for (const [key, fields] of Object.entries(guards)) {
      const input = { environment, key, reason, source: 'prometheus', query: QUERY, phi: 1, ...fields };
      await admin.do('createGuard', input);
    }
    await admin.do('createRollout', {
      environment,
      key: ROLLOUT,
      flag: { key: FLAG, new: 'on', control: 'off' },
      steps: steps.map((step) => (typeof step === 'number' ? { weight: step, hold } : step)),
      guards: Object.keys(guards),
      reason,
    });
    await startRollout(admin, reason);
  }
}
