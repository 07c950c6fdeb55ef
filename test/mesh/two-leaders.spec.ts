import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Cluster } from '../../src/cluster/cluster.js';
import { Reflector } from '../../src/cluster/reflector.js';
import type { KubernetesObject } from '../../src/cluster/resource.js';
import { createCheckout, ENVIRONMENT, ROUTE } from '../support/checkout.js';
import { Redis } from '../support/redis.js';
import { ServiceProcess } from '../support/service-process.js';
import { eventually } from './testbed/eventually.js';
import { FaultProxy } from './testbed/fault-proxy.js';
import { namespace } from './testbed/shop-objects.js';
import { Testbed } from './testbed/testbed.js';

jest.setTimeout(90_000);

/** A replica of the service, and the way by which it alone speaks to the API server. */
interface Replica {
  readonly service: ServiceProcess;
  readonly proxy: FaultProxy;
}

let testbed: Testbed;
let redis: Redis;
let replicas: Replica[];

beforeAll(async () => {
  testbed = await Testbed.start();
  redis = await Redis.start();
  replicas = [];
  for (let n = 0; n < 2; n++) {
    const proxy = await FaultProxy.before(testbed.apiServer);
    const service = await ServiceProcess.start({
      settings: {
        TIDEGATE_STORE: 'redis',
        TIDEGATE_REDIS_URL: redis.url,
        TIDEGATE_MESH: 'istio',
        TIDEGATE_LOG_LEVEL: 'debug',
        TIDEGATE_KUBECONFIG: proxy.kubeconfig(`replica-${n}`),
      },
    });
    replicas.push({ service, proxy });
  }
  const { issuer } = testbed;
  await createCheckout(replicas[0]!.service.admin, { issuer, guard: null, steps: LAST });
}, 180_000);

afterAll(async () => {
  for (const { service, proxy } of replicas ?? []) {
    await service.stop();
    await proxy.stop();
  }
  await redis?.stop();
  await testbed?.stop();
}, 60_000);

const LEADS = new RegExp(`^leads ${ENVIRONMENT} \\(term (\\d+)\\)`);
const LAST = [{ weight: 100_000, hold: null }];

/** Who took the lead last, and the other one. */
async function inTurn(): Promise<[Replica, Replica]> {
  const terms = () =>
    replicas.map(({ service }) => {
      const told = service.log().flatMap(({ msg }) => LEADS.exec(msg ?? '')?.[1] ?? []);
      return Math.max(0, ...told.map(Number));
    });
  await eventually(() => expect(Math.max(...terms())).toBeGreaterThan(0), 20_000);
  const [one = 0, two = 0] = terms();
  return one > two ? [replicas[0]!, replicas[1]!] : [replicas[1]!, replicas[0]!];
}

/** Freezes a replica as it rehearses its first write, all others in its hand; resolves when that has happened. */
function frozenBefore({ service, proxy }: Replica, isIt: (path: string) => boolean): Promise<void> {
  return new Promise((resolve) => {
    proxy.intruder = ({ method, path, query }) => {
      if (method !== 'PATCH' || !query.has('dryRun') || !isIt(path)) return false;
      proxy.intruder = null;
      service.process.freeze();
      resolve();
      return false;
    };
  });
}

/** Waits until the route as it is now stands, by what a replica says. */
async function untilApplied({ service }: Replica): Promise<void> {
  await eventually(async () => {
    const { route } = await service.admin.run(
      `{ route(environment: "${ENVIRONMENT}", key: "${ROUTE}") { revision status { phase applied observed error { code } } } }`,
    );
    const { applied, ...rest } = route?.status ?? {};
    expect(rest).toEqual({ phase: 'applied', observed: true, error: null });
    expect(Number(applied?.split('.').at(-1))).toBeGreaterThanOrEqual(route?.revision ?? Infinity);
  }, 40_000);
}

describe('two leaders for a moment', () => {
  it('one that slept in the middle of a write undoes nothing of its successor', async () => {
    const [first, next] = await inTurn();
    const { admin } = next.service;
    const route = { environment: ENVIRONMENT, key: ROUTE, reason: 'Two leaders' };
    await untilApplied(next);
    const frozen = frozenBefore(first, (path) => path.includes(`tg-${ROUTE}`));
    await admin.do('updateRoute', { ...route, default: 'v2' });
    await frozen;
    await eventually(async () => expect((await inTurn())[0]).toBe(next), 30_000);
    await untilApplied(next);
    await admin.do('updateRoute', { ...route, default: 'v1' });
    await untilApplied(next);

    const watched = await watchOf(ROUTE);
    const before = watched.versions();
    const written: string[] = [];
    first.proxy.intruder = ({ method, path, query }) => {
      if (method !== 'GET' && !query.has('dryRun')) written.push(path);
      return false;
    };
    first.service.process.thaw();
    await eventually(() => expect(lost(first)).toBe(true), 20_000);
    await untilApplied(next);
    await untilApplied(first);
    expect(watched.events).toEqual([]);
    expect(watched.versions()).toEqual(before);
    console.info(`the old leader sent ${written.length} writes after it woke`);
    await watched.stop();
  });
});

/** Whether a replica has noticed that its lease is gone. */
function lost({ service }: Replica): boolean {
  return service.log().some(({ msg }) => msg?.startsWith(`no longer leads ${ENVIRONMENT}`) === true);
}

/** Every change of the objects of a route from now on. */
async function watchOf(route: string) {
  const cluster = new Cluster({ kubeconfig: testbed.apiServer.kubeconfig() });
  const kinds = ['virtualservices', 'destinationrules'].map(
    (plural) =>
      new Reflector<KubernetesObject>(cluster, {
        group: 'networking.istio.io',
        version: 'v1',
        plural,
        namespace,
        labelSelector: `tidegate.io/route=${route}`,
      }),
  );
  const events: string[] = [];
  for (const kind of kinds) {
    kind.start();
    await kind.synced;
    kind.subscribe(({ type, object }) => events.push(`${type} ${object.metadata.name}`));
  }
  return {
    events,
    versions: () => kinds.flatMap((kind) => kind.list().map(({ metadata }) => metadata.resourceVersion)),
    stop: async () => {
      await Promise.all(kinds.map((kind) => kind.stop()));
      cluster.close();
    },
  };
}
