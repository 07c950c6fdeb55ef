import { Agent } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createClient, type TidegateClient } from '@tidegate/sdk';
import type { Change } from '../../src/schema.types.js';
import { contextOf, makeUsers, type User } from '../support/census.js';
import {
  createCheckout,
  EMPLOYEE,
  ENVIRONMENT,
  FLAG,
  GUARD,
  ROLLOUT,
  ROUTE,
  startRollout,
  untilAt,
} from '../support/checkout.js';
import { startOnMesh } from '../support/service-on-mesh.js';
import type { ServiceProcess } from '../support/service-process.js';
import { eventually } from './testbed/eventually.js';
import type { KubernetesObject } from './testbed/kubernetes-object.js';
import { namespace } from './testbed/shop-objects.js';
import { Testbed } from './testbed/testbed.js';
import { request, type Load, send } from './testbed/traffic.js';

/** Every step waits for a promotion, so that each test looks at a step for as long as it likes. */
const STEPS = [
  { audience: 'employees', hold: null },
  { weight: 20_000, hold: null },
  { weight: 100_000, hold: null },
];
const SCRAPE_MS = 5_000;
const REACTION_MS = 2_000;
const REQUESTS_TO_JUDGE = 30;

let testbed: Testbed;
let service: ServiceProcess;
let client: TidegateClient;

beforeAll(async () => {
  testbed = await Testbed.start();
  service = await startOnMesh(testbed, { TIDEGATE_PROMETHEUS_URL: testbed.prometheus.url });
  await createCheckout(service.admin, { issuer: testbed.issuer, steps: STEPS });
  client = createClient({ url: service.url, key: await service.admin.makeToken(ENVIRONMENT, 'server') });
  await client.ready();
}, 180_000);

afterAll(async () => {
  await client?.close();
  await service?.stop();
  await testbed?.stop();
}, 60_000);

beforeEach(async () => {
  await startRollout(service.admin, 'For a test');
  await untilApplied();
}, 60_000);

afterEach(async () => {
  testbed?.shop.heal('v2');
  const { state } = await service.admin.position(ENVIRONMENT, ROLLOUT);
  const input = { environment: ENVIRONMENT, key: ROLLOUT, reason: 'The test is over' };
  if (state === 'running') await service.admin.do('abortRollout', input);
  await service.admin.mutate('resetGuard', {
    environment: ENVIRONMENT,
    key: GUARD,
    subject: `rollout/${ROLLOUT}`,
    reason: 'The test is over',
  });
  await untilApplied();
}, 60_000);

/** Waits until the mesh has the route's last table. */
async function untilApplied(): Promise<void> {
  const { admin } = service;
  await eventually(async () => {
    const { route } = await admin.run(
      `{ route(environment: "${ENVIRONMENT}", key: "${ROUTE}") { revision status { phase applied observed } } }`,
    );
    const { status, revision = 0 } = route ?? {};
    const applied = Number(status?.applied?.split('.').at(-1) ?? -1);
    expect({ phase: status?.phase, observed: status?.observed, current: applied >= revision }).toEqual({
      phase: 'applied',
      observed: true,
      current: true,
    });
  }, 30_000);
}

async function promote(): Promise<void> {
  const input = { environment: ENVIRONMENT, key: ROLLOUT, reason: 'Go on' };
  await eventually(() => service.admin.do('promoteRollout', input), 20_000);
  await untilApplied();
}

/** Twenty requests of a kind, all answered by one version or with one status. */
async function outcome(load: Load, side: 'outside' | 'inside' = 'outside'): Promise<string> {
  const { versions, statuses } = await send(testbed.shop[side], 20, load);
  const [version, status] = [Object.keys(versions).join('+'), Object.keys(statuses).join('+')];
  return status === '200' ? version : status;
}

/** As the sidecar of a service sees this user: by the headers of the SDK. */
function inside(user: User): Load {
  return { headers: { ...client.routeHeaders(contextOf(user)) } };
}

/** As the gateway sees this user: by his token if he is an employee, and by his bucket. */
function outside(user: User): Load {
  const bucket = client.routeHeaders(contextOf(user))['x-tg-b'];
  const token = user.employee ? testbed.issuer.authorization(EMPLOYEE) : {};
  return { headers: { ...token, 'x-tg-b': bucket } };
}

async function versionOf(side: 'outside' | 'inside', user: User): Promise<string> {
  const load = side === 'outside' ? outside(user) : inside(user);
  const { headers } = await request(testbed.shop[side], load);
  return String(headers['x-version']);
}

async function newOnes(users: readonly User[], side: 'outside' | 'inside'): Promise<readonly string[]> {
  const versions = await Promise.all(users.map((user) => versionOf(side, user)));
  return users.filter((_, index) => versions[index] === 'v2').map(({ id }) => id);
}

function byTheSdk(users: readonly User[]): readonly string[] {
  return users.filter((user) => client.boolean(FLAG, contextOf(user), false)).map(({ id }) => id);
}

describe('the story on a real mesh', () => {
  const employee: User = { id: 'employee-0', employee: true };

  it('sends employees alone to the new version, and no liar', async () => {
    const { issuer, otherIssuer } = testbed;
    await eventually(async () => expect(await outcome(outside(employee))).toBe('v2'), 20_000);
    const low = { 'x-tg-b': `${ROUTE}=0000` };
    const told = {
      'employee, inside': await outcome(inside(employee), 'inside'),
      'lowest bucket': await outcome({ headers: low }),
      'lowest bucket, inside': await outcome({ headers: { ...low, 'x-tg-s': '' } }, 'inside'),
      'customer token': await outcome({
        headers: { ...issuer.authorization({ groups: ['customers'] }), ...low },
      }),
      unsigned: await outcome({ headers: issuer.authorization(EMPLOYEE, { algorithm: 'none' }) }),
      'wrongly signed': await outcome({ headers: issuer.authorization(EMPLOYEE, { key: 'foreign' }) }),
      expired: await outcome({ headers: issuer.authorization(EMPLOYEE, { expiresIn: -3_600 }) }),
      'for another audience': await outcome({
        headers: issuer.authorization(EMPLOYEE, { audience: 'bank' }),
      }),
      'of another trusted issuer': await outcome({
        headers: { ...otherIssuer.authorization(EMPLOYEE), ...low },
      }),
      'x-tg-s from outside': await outcome({ headers: { 'x-tg-s': 'employees', ...low } }),
    };
    expect(told).toEqual({
      'employee, inside': 'v2',
      'lowest bucket': 'v1',
      'lowest bucket, inside': 'v1',
      'customer token': 'v1',
      unsigned: '401',
      'wrongly signed': '401',
      expired: '401',
      'for another audience': '403',
      'of another trusted issuer': 'v1',
      'x-tg-s from outside': 'v1',
    });
  }, 60_000);

  it('sends the same users to the new version as the SDK, through gateway and sidecar', async () => {
    const users = makeUsers(10, 190);
    await promote();
    await eventually(() => expect(byTheSdk(users).length).toBeGreaterThan(20));
    const wanted = byTheSdk(users);
    await eventually(async () => expect(await newOnes(users, 'outside')).toEqual(wanted), 20_000);
    await eventually(async () => expect(await newOnes(users, 'inside')).toEqual(wanted), 20_000);
    expect(wanted.length).toBeLessThan(80);
    expect(await outcome({ headers: { 'x-tg-b': `${ROUTE}=1999` } })).toBe('v2');
    expect(await outcome({ headers: { 'x-tg-b': `${ROUTE}=2000` } })).toBe('v1');
    expect(await outcome({})).toBe('v1');
  }, 60_000);

  it('brings every request back to the old version soon after the new one has begun to fail', async () => {
    await promote();
    const load = new RecordedLoad(makeUsers(10, 190));
    await eventually(async () => expect(await guardState()).toBe('ok'), 60_000);
    const fault = performance.now();
    testbed.shop.fault('v2', { status: 503 });
    await untilAt(service.admin, 'aborted');
    await load.untilQuiet('v2', 3_000);
    await load.stop();
    const answers = load.answers.filter(({ sent, version }) => sent >= fault && version === 'v2');
    const last = (answers.at(-1)?.sent ?? fault) - fault;
    const judged = (answers[REQUESTS_TO_JUDGE - 1]?.sent ?? Infinity) - fault;
    const limit = SCRAPE_MS + REACTION_MS + judged;
    const figures = [last, judged, limit].map((ms) => `${(ms / 1_000).toFixed(1)} s`);
    process.stdout.write(
      `from fault to the last request on v2: ${figures[0]}; ${answers.length} failed; ` +
        `${REQUESTS_TO_JUDGE} answers of v2 took ${figures[1]}; limit ${figures[2]}\n`,
    );
    expect(last).toBeLessThanOrEqual(limit);
    const trip = await tripChange();
    expect(trip.actor).toBe(`guard:${GUARD}`);
    expect(trip.documents.map(({ kind }) => kind).toSorted()).toEqual(['flag', 'route']);
    expect(await outcome({ headers: testbed.issuer.authorization(EMPLOYEE) })).toBe('v1');
    expect(client.boolean(FLAG, contextOf(employee), true)).toBe(false);
  }, 120_000);

  it('repairs a route that was edited by hand', async () => {
    const apiVersion = 'networking.istio.io/v1';
    const metadata = { name: `tg-${ROUTE}-gw`, namespace };
    const everything = [
      { route: [{ destination: { host: 'checkout.shop.svc.cluster.local', subset: 'tg-v2' } }] },
    ];
    await eventually(async () => expect(await outcome({})).toBe('v1'), 20_000);
    const edited = performance.now();
    await testbed.cluster.patch(
      { apiVersion, kind: 'VirtualService', metadata },
      { spec: { http: everything } },
    );
    await eventually(async () => {
      const { spec } = await testbed.cluster.get<KubernetesObject & { spec: { http: unknown[] } }>({
        apiVersion,
        kind: 'VirtualService',
        metadata,
      });
      expect(spec.http.length).toBeGreaterThan(1);
    }, 15_000);
    process.stdout.write(
      `edited by hand, repaired after ${((performance.now() - edited) / 1_000).toFixed(1)} s\n`,
    );
    // The edit and its repair are two pushes to the proxies.
    await eventually(async () => expect(await outcome(outside(employee))).toBe('v2'), 10_000);
    await eventually(async () => expect(await outcome({})).toBe('v1'), 10_000);
  }, 60_000);

  it('routes on and lets nobody promote while the API server is away, and goes on when it is back', async () => {
    const { admin } = service;
    const input = { environment: ENVIRONMENT, key: ROLLOUT, reason: 'Without an API server' };
    await eventually(async () => expect(await outcome(outside(employee))).toBe('v2'), 20_000);
    await testbed.apiServer.process.kill();
    try {
      await eventually(async () => {
        expect((await admin.routeStatus(ENVIRONMENT, ROUTE))?.error?.code).toBe('MESH_UNAVAILABLE');
      }, 30_000);
      const { userErrors } = await admin.mutate('promoteRollout', input);
      expect(userErrors).toMatchObject([{ code: 'NOT_READY' }]);
      expect(await outcome(outside(employee))).toBe('v2');
      expect(await outcome({ headers: { 'x-tg-b': `${ROUTE}=0000` } })).toBe('v1');
    } finally {
      await testbed.apiServer.process.start();
    }
    await promote();
    await eventually(async () => {
      expect(await outcome({ headers: { 'x-tg-b': `${ROUTE}=0000` } })).toBe('v2');
    }, 60_000);
  }, 150_000);

  it('gives nothing to a version without ready pods', async () => {
    const input = { environment: ENVIRONMENT, key: ROLLOUT, reason: 'Too soon' };
    await service.admin.do('abortRollout', input);
    await untilApplied();
    await eventually(async () => expect(await outcome(outside(employee))).toBe('v1'), 20_000);
    await testbed.shop.scale('v2', 0);
    await testbed.shop.available('v2', 0);
    await eventually(async () => {
      expect((await service.admin.routeStatus(ENVIRONMENT, ROUTE))?.ready).toEqual({ v1: 1, v2: 0 });
    }, 20_000);
    const { userErrors } = await service.admin.mutate('startRollout', input);
    expect(userErrors).toMatchObject([{ code: 'NOT_READY' }]);
    expect(await outcome(outside(employee))).toBe('v1');
    await testbed.shop.scale('v2', 1);
    await testbed.shop.available('v2', 1);
    await startRollout(service.admin, 'Pods are ready');
    await eventually(async () => expect(await outcome(outside(employee))).toBe('v2'), 20_000);
  }, 90_000);
});

async function guardState(): Promise<string | undefined> {
  const { guard } = await service.admin.run(
    `{ guard(environment: "${ENVIRONMENT}", key: "${GUARD}") { records { state } } }`,
  );
  return guard?.records[0]?.state;
}

async function tripChange(): Promise<Change> {
  const changes = await service.admin.history(ENVIRONMENT);
  const found = changes.findLast(({ event }) => event?.kind === 'trip');
  if (found === undefined) throw new Error('nothing tripped');
  return found;
}

/** Users in turn, half of them through the gateway and half through a sidecar; remembers who answered and when. */
class RecordedLoad {
  readonly answers: { readonly sent: number; readonly version: string; readonly status: number }[] = [];
  readonly #agent = new Agent({ keepAlive: true });
  readonly #pending = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #next = 0;

  constructor(users: readonly User[], perSecond = 100) {
    this.#timer = setInterval(() => {
      const index = this.#next++;
      const user = users[index % users.length];
      if (user === undefined) return;
      const sent = this.#send(user, Math.floor(index / users.length) % 2 === 0 ? 'outside' : 'inside');
      this.#pending.add(sent);
      void sent.finally(() => this.#pending.delete(sent));
    }, 1_000 / perSecond);
  }

  /** Waits until no request sent within the last `ms` was answered by this version. */
  async untilQuiet(version: string, ms: number): Promise<void> {
    await eventually(() => {
      const since = performance.now() - ms;
      if (this.answers.some((answer) => answer.sent > since && answer.version === version)) {
        throw new Error(`${version} still answers`);
      }
    }, 60_000);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
    this.#agent.destroy();
  }

  async #send(user: User, side: 'outside' | 'inside'): Promise<void> {
    const sent = performance.now();
    const load = side === 'outside' ? outside(user) : inside(user);
    await request(testbed.shop[side], load, this.#agent).then(
      ({ status, headers }) =>
        this.answers.push({ sent, version: String(headers['x-version'] ?? 'none'), status }),
      () => this.answers.push({ sent, version: 'none', status: 0 }),
    );
  }
}
