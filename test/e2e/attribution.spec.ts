import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { compile, type Engine, type Snapshot } from '@tidegate/sdk/engine';
import { createClient, type TidegateClient } from '@tidegate/sdk';
import type { Change, GuardRecord } from '../../src/schema.types.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { ENVIRONMENT, FLAG, ROUTE, SERVICE } from '../support/checkout.js';
import { Exporter } from '../support/exporter.js';
import { startPrometheus } from '../support/prometheus.js';
import { Redis } from '../support/redis.js';
import type { ServiceProcess } from '../support/service-process.js';
import { Stage } from '../support/stage.js';

const environment = ENVIRONMENT;
const reason = 'Which of the two is bad?';
const QUERY = {
  bad: 'requests_total{code="500"}',
  total: 'requests_total',
  arm: { label: 'version', new: 'v2', control: 'v1' },
};

/** Whether a request fails that a version answers to a user with or without the new flag; its code is in v2 alone. */
type Fault = (version: string, flag: boolean, draw: number) => boolean;

/**
 * A route between two versions at 50 %, and a flag at 50 % of the users, drawn apart: on a real Redis, with a real Prometheus
 * that scrapes both versions, and the SDK in their code, which asks for the flag and tells of what failed.
 */
async function release(stage: Stage, fault: Fault): Promise<ServiceProcess> {
  const redis = stage.keep(await Redis.start(), (one) => one.stop());
  const exporter = stage.keep(await Exporter.start(), (one) => one.gone());
  const prometheus = stage.keep(await startPrometheus([exporter.target]), (one) => one.stop());
  const service = await stage.service({
    settings: {
      TIDEGATE_STORE: 'redis',
      TIDEGATE_REDIS_URL: redis.url,
      TIDEGATE_PROMETHEUS_URL: prometheus.url,
    },
  });
  await setUp(service);
  const key = await service.admin.makeToken(environment, 'server');
  const client = stage.keep(createClient({ url: service.url, key, flushInterval: 200 }), (one) =>
    one.close(),
  );
  await client.ready();
  for (const rollout of ['version', 'flag'])
    await eventually(() => service.admin.do('startRollout', { environment, key: rollout, reason }), 30_000);
  const pods = new Map<string, Pod>();
  for (const version of ['v1', 'v2'])
    pods.set(
      version,
      stage.keep(await Pod.start(version, { client, exporter, fault }), (pod) => pod.stop()),
    );
  const mesh = async (): Promise<Engine> => {
    const answer = await fetch(`${service.url}/api/v1/snapshot`, {
      headers: { authorization: `Bearer ${key}` },
    });
    return compile((await answer.json()) as Snapshot);
  };
  let engine = await mesh();
  stage.keep(
    setInterval(() => void mesh().then((next) => (engine = next), ignored), 300),
    clearInterval,
  );
  let user = 0;
  const visit = (): void => {
    const targetingKey = `user-${(user += 1)}`;
    const { version = '' } = engine.evaluateRoute(ROUTE, { targetingKey }) ?? {};
    void pods.get(version)?.call(targetingKey).catch(ignored);
  };
  stage.keep(setInterval(visit, 10), clearInterval);
  return service;
}

function ignored(): void {
  // a request more or less
}

/** A version of the service: a real HTTP server, whose requests Prometheus counts. */
class Pod {
  readonly #server: Server;
  #url = '';

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(
    version: string,
    { client, exporter, fault }: { client: TidegateClient; exporter: Exporter; fault: Fault },
  ): Promise<Pod> {
    const pod = new Pod(
      createServer((request, response) => {
        const context = { targetingKey: String(request.url).slice(1) };
        // v1 was built before the flag.
        const flag = version === 'v2' && client.boolean(FLAG, context, false);
        const code = fault(version, flag, Math.random()) ? 500 : 200;
        if (code === 500 && version === 'v2') client.track('failed', context);
        exporter.add(`requests_total{version="${version}",code="${code}"}`, 1);
        response.writeHead(code).end();
      }),
    );
    pod.#server.listen(0, '127.0.0.1');
    await once(pod.#server, 'listening');
    pod.#url = `http://127.0.0.1:${(pod.#server.address() as AddressInfo).port}`;
    return pod;
  }

  async call(user: string): Promise<void> {
    await (await fetch(`${this.#url}/${user}`)).arrayBuffer();
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

async function setUp({ admin }: ServiceProcess): Promise<void> {
  await admin.do('createEnvironment', { key: environment, reason });
  await admin.do('createFlag', { environment, key: FLAG, reason });
  await admin.do('createRoute', {
    environment,
    key: ROUTE,
    service: SERVICE,
    mesh: true,
    versions: { v1: { version: 'v1' }, v2: { version: 'v2' } },
    default: 'v1',
    reason,
  });
  const events = { flag: FLAG, bad: 'failed' };
  const both = { environment, margin: 1.2, phi: 1, reason };
  await admin.do('createGuard', { ...both, key: 'of-flag', source: 'events', events });
  const asks = { asks: 'of-flag', source: 'prometheus', query: QUERY };
  await admin.do('createGuard', { ...both, key: 'of-version', ...asks });
  const steps = [
    { weight: 50_000, hold: 600 },
    { weight: 100_000, hold: 0 },
  ];
  const rollout = { environment, steps, reason };
  const routes = [{ key: ROUTE, new: 'v2', control: 'v1' }];
  await admin.do('createRollout', { ...rollout, key: 'version', routes, guards: ['of-version'] });
  const flag = { key: FLAG, new: 'on', control: 'off' };
  await admin.do('createRollout', { ...rollout, key: 'flag', flag, guards: ['of-flag'] });
}

async function stands({ admin }: ServiceProcess): Promise<object> {
  const { flag, route, version, of } = (await admin.run(
    `query ($environment: ID!) {
      flag(environment: $environment, key: "${FLAG}") { enabled rules { id } }
      route(environment: $environment, key: "${ROUTE}") { closed rules { id } }
      version: rollout(environment: $environment, key: "version") { position { state } }
      of: rollout(environment: $environment, key: "flag") { position { state } }
    }`,
    { environment },
  )) as { [name: string]: { [field: string]: unknown } };
  return { flag, route, version: version?.['position'], of: of?.['position'] };
}

async function firstTrip({ admin }: ServiceProcess): Promise<Change> {
  return eventually(async () => {
    const found = (await admin.history(environment)).find(({ event }) => event?.kind === 'trip');
    if (found === undefined) throw new Error('nothing has tripped');
    return found;
  }, 90_000);
}

const OPEN_FLAG = { enabled: true, rules: [{ id: 'rollout:flag:split' }] };
const OPEN_ROUTE = { closed: null, rules: [{ id: 'rollout:version:split' }] };

describe('what is to blame', () => {
  it(
    'is the flag where its users fail on a version that is fine: the flag goes, the version stays',
    () =>
      Stage.play(async (stage) => {
        const service = await release(stage, (_, flag, draw) => draw < (flag ? 0.4 : 0.02));
        const trip = await firstTrip(service);
        expect(trip).toMatchObject({ actor: 'guard:of-flag', event: { evidence: { blame: 'flag' } } });
        // The version's guard has seen ten times the errors of the other version; it begins anew and finds nothing.
        const record = await eventually(async () => {
          const [found] = await recordsOf(service, 'of-version');
          expect(found).toMatchObject({ state: 'ok', trippedAt: null });
          expect(found?.windows).toBeGreaterThan(5);
          return found;
        }, 60_000);
        expect(Number(record?.newBad)).toBeLessThan(0.1 * Number(record?.newTotal));
        expect(await stands(service)).toMatchObject({
          flag: { enabled: false, rules: [] },
          route: OPEN_ROUTE,
          version: { state: 'running' },
          of: { state: 'aborted' },
        });
      }),
    180_000,
  );

  it(
    'is the version where its users fail whatever the flag says: the route goes back, the flag stays',
    () =>
      Stage.play(async (stage) => {
        const service = await release(stage, (version, _, draw) => draw < (version === 'v2' ? 0.4 : 0.02));
        const trip = await firstTrip(service);
        expect(trip).toMatchObject({ actor: 'guard:of-version', event: { evidence: { blame: 'version' } } });
        expect(await stands(service)).toMatchObject({
          flag: OPEN_FLAG,
          route: { closed: null, rules: [] },
          version: { state: 'aborted' },
          of: { state: 'running' },
        });
      }),
    180_000,
  );
});

async function recordsOf({ admin }: ServiceProcess, key: string): Promise<readonly GuardRecord[]> {
  const { guard } = await admin.run(
    `query ($environment: ID!, $key: ID!) {
      guard(environment: $environment, key: $key) { records { state windows newBad newTotal trippedAt } }
    }`,
    { environment, key },
  );
  return guard?.records ?? [];
}
