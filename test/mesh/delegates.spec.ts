import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createClient, type TidegateClient } from '@tidegate/sdk';
import { contextOf, makeUsers, type User } from '../support/census.js';
import { createCheckout, EMPLOYEE, ENVIRONMENT, FLAG, ROLLOUT, ROUTE } from '../support/checkout.js';
import { act } from '../support/release.js';
import { startOnMesh } from '../support/service-on-mesh.js';
import type { ServiceProcess } from '../support/service-process.js';
import { routingObjects } from './istio-harness.js';
import { eventually } from './testbed/eventually.js';
import { gatewayName, namespace, publicHost, serviceHost } from './testbed/shop-objects.js';
import { Testbed } from './testbed/testbed.js';
import { request } from './testbed/traffic.js';
import { UserRoot } from './testbed/user-root.js';

jest.setTimeout(90_000);

const ROOT = 'VirtualService shop/storefront';
const users = makeUsers(10, 190);

let testbed: Testbed;
let service: ServiceProcess;
let client: TidegateClient;
let root: UserRoot;

beforeAll(async () => {
  testbed = await Testbed.start();
  root = new UserRoot(testbed.cluster);
  await root.plain();
  service = await startOnMesh(testbed);
  await createCheckout(service.admin, {
    issuer: testbed.issuer,
    guard: null,
    route: { ownership: 'delegate', audiences: ['employees'], mesh: false },
    steps: [
      { audience: 'employees', hold: null },
      { weight: 5_000, hold: null },
      { weight: 100_000, hold: null },
    ],
  });
  client = createClient({ url: service.url, key: await service.admin.makeToken(ENVIRONMENT, 'server') });
  await client.ready();
}, 180_000);

afterAll(async () => {
  await client?.close();
  await service?.stop();
  await testbed?.stop();
}, 60_000);

interface Answer {
  readonly status: number;
  readonly version?: string | undefined;
  readonly path?: string;
  readonly shop?: string | undefined;
  readonly served?: string | undefined;
}

/** What the user's root does besides, on every way through it. */
const kept = { status: 200, path: '/cart', shop: 'eu', served: 'by-hand' };

async function ask(headers: Record<string, string>): Promise<Answer> {
  const answer = await request(testbed.shop.outside, { headers, path: '/shop/cart' });
  if (answer.status !== 200) return { status: answer.status };
  const { path, headers: received } = JSON.parse(answer.body) as {
    path: string;
    headers: Record<string, string>;
  };
  const { 'x-version': version, 'x-served': served } = answer.headers as Record<string, string>;
  return { status: 200, version, path, shop: received['x-shop'], served };
}

function headersOf(user: User): Record<string, string> {
  const { 'x-tg-b': bucket } = client.routeHeaders(contextOf(user));
  return { 'x-tg-b': bucket, ...(user.employee ? testbed.issuer.authorization(EMPLOYEE) : {}) };
}

/** Whether a share of so many 10,000ths holds a user, by the bucket that the SDK gives him. */
function isWithin(share: number, user: User): boolean {
  return Number(/=(\d{4})/.exec(headersOf(user)['x-tg-b'] ?? '')?.[1]) < share;
}

/** Waits until each user is sent to v2 or v1 as `isNew` says, with all that the root does besides. */
async function untilSent(isNew: (user: User) => boolean): Promise<void> {
  const wanted = users.map((user) => ({ ...kept, version: isNew(user) ? 'v2' : 'v1' }));
  await eventually(async () => {
    expect(await Promise.all(users.map((user) => ask(headersOf(user))))).toEqual(wanted);
  }, 30_000);
}

async function statusNow() {
  const { route } = await service.admin.run(
    `{ route(environment: "${ENVIRONMENT}", key: "${ROUTE}") { status { phase observed error { code message } root { names missing taken conflicts { root rule entry message } standIn } } } }`,
  );
  return route?.status;
}

async function delegating(): Promise<void> {
  const { issuer, audience } = testbed.issuer;
  const claims = {
    '@request.auth.claims.groups': { exact: 'employees' },
    '@request.auth.claims.iss': { exact: issuer },
    '@request.auth.claims.aud': { exact: audience },
  };
  await root.delegating([{ claims, to: `tg-${ROUTE}-employees` }], `tg-${ROUTE}`);
}

async function delegateNames(): Promise<string[]> {
  const objects = await routingObjects(testbed);
  return objects.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('tg-'));
}

describe('delegates behind a VirtualService of the user’s own', () => {
  it('stand, move nobody, and let no rollout start until that VirtualService names them', async () => {
    await eventually(async () => {
      expect(await statusNow()).toMatchObject({
        phase: 'pending',
        observed: true,
        error: { code: 'WAITING_FOR_ROOT', message: expect.stringContaining(`shop/tg-${ROUTE} yet`) },
        root: { names: [], standIn: false },
      });
    }, 30_000);
    await untilSent(() => false);
    const start = { environment: ENVIRONMENT, key: ROLLOUT, reason: 'Too soon' };
    const { userErrors } = await service.admin.mutate('startRollout', start);
    expect(userErrors).toMatchObject([{ code: 'NOT_READY' }]);
    await delegating();
    await eventually(async () => {
      expect(await statusNow()).toEqual({
        phase: 'applied',
        observed: true,
        error: null,
        root: { names: [ROOT], missing: [], taken: null, conflicts: null, standIn: false },
      });
    }, 30_000);
    await untilSent(() => false);
  });

  it('are told of where Istio drops one of their rules in silence, and how to mend it', async () => {
    const condition = { attribute: ['request', 'path'], operator: 'startsWith', value: '/shop/beta' };
    const rule = { id: 'testers', condition, serve: { version: 'v2' } };
    const edit = { environment: ENVIRONMENT, key: ROUTE, reason: 'Testers first' };
    await service.admin.do('addRouteRule', { ...edit, rule });
    const versionAt = async (path: string) =>
      (await request(testbed.shop.outside, { path })).headers['x-version'];
    await eventually(async () => expect(await versionAt('/shop/beta')).toBe('v2'), 20_000);
    root.uri = { regex: '/shop/.*' };
    await delegating();
    // Istio refuses nothing, warns of nothing, and its status says nothing: the rule is just not there any more.
    await eventually(async () => expect(await versionAt('/shop/beta')).toBe('v1'), 20_000);
    await eventually(async () => {
      const found = { root: ROOT, rule: 'rule 2', entry: 'testers' };
      expect(await statusNow()).toMatchObject({
        phase: 'pending',
        observed: true,
        error: {
          code: 'ROOT_CONFLICT',
          message: expect.stringContaining('the path (uri); take that match out'),
        },
        root: {
          names: [ROOT],
          missing: [],
          conflicts: expect.arrayContaining([expect.objectContaining(found)]),
        },
      });
    }, 20_000);
    root.uri = { prefix: '/shop/' };
    await delegating();
    await eventually(async () => expect(await versionAt('/shop/beta')).toBe('v2'), 20_000);
    await eventually(async () => {
      expect(await statusNow()).toMatchObject({ phase: 'applied', error: null, root: { conflicts: null } });
    }, 20_000);
    await service.admin.do('removeRouteRule', { ...edit, rule: 'testers' });
  });

  it('are told of where an older VirtualService for the host takes all that comes to that one', async () => {
    const metadata = { name: 'legacy', namespace };
    const legacy = { apiVersion: root.ref.apiVersion, kind: 'VirtualService', metadata };
    const to = { destination: { host: serviceHost, subset: 'stable' } };
    const http = [{ match: [{ uri: { prefix: '/shop/' } }], route: [to] }];
    await root.remove();
    await testbed.cluster.apply({ ...legacy, spec: { hosts: [publicHost], gateways: [gatewayName], http } });
    await delegating();
    // It answers, and what the younger one would do besides is not done.
    await eventually(async () => {
      expect(await ask({})).toMatchObject({ status: 200, version: 'v1', served: undefined });
      expect(await statusNow()).toMatchObject({
        phase: 'pending',
        error: {
          code: 'HOST_TAKEN',
          message: expect.stringContaining(`VirtualService ${namespace}/legacy is older than ${ROOT}`),
        },
        root: { names: [ROOT], missing: [], taken: [expect.stringContaining('its rule 1 takes')] },
      });
    }, 20_000);
    await testbed.cluster.delete(legacy);
    await eventually(async () => {
      expect(await statusNow()).toMatchObject({ phase: 'applied', error: null, root: { taken: null } });
      expect(await ask({})).toMatchObject(kept);
    }, 20_000);
  });

  it('send employees by their token, then one in twenty by bucket, with all that the root does besides', async () => {
    await act(service.admin, 'startRollout');
    await untilSent(({ employee }) => employee);
    expect(await ask(testbed.issuer.authorization({ groups: ['customers'] }))).toMatchObject({
      version: 'v1',
    });
    await act(service.admin, 'promoteRollout');
    await untilSent((user) => user.employee || isWithin(500, user));
    const share = users.filter((user) => isWithin(500, user)).length;
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(30);
    for (const version of ['v1', 'v2']) testbed.shop.fault(version, { delayMs: 3_000, status: 200 });
    const slow = await Promise.all(users.slice(0, 12).map((user) => ask(headersOf(user))));
    for (const version of ['v1', 'v2']) testbed.shop.heal(version);
    expect(slow).toEqual(slow.map(() => ({ status: 504 })));
  });

  it('send everybody back once the flag is killed', async () => {
    const killed = performance.now();
    await service.admin.do('disableFlag', { environment: ENVIRONMENT, key: FLAG, reason: 'Carts are lost' });
    await untilSent(() => false);
    const took = performance.now() - killed;
    process.stdout.write(`killed behind a root: everybody on v1 within ${(took / 1_000).toFixed(2)} s\n`);
    expect((await service.admin.position(ENVIRONMENT, ROLLOUT)).state).toBe('aborted');
  });

  it('are left of a deleted route, all to the old version, for as long as a root names them', async () => {
    const gone = { environment: ENVIRONMENT, reason: 'Not needed any more' };
    const all = await delegateNames();
    await act(service.admin, 'startRollout');
    await untilSent(({ employee }) => employee);
    await act(service.admin, 'abortRollout');
    await service.admin.do('deleteRollout', { ...gone, key: ROLLOUT });
    await service.admin.do('deleteRoute', { ...gone, key: ROUTE });
    await eventually(async () => {
      const objects = (await routingObjects(testbed)).filter(({ metadata }) =>
        metadata.name.startsWith('tg-'),
      );
      const routes = objects.filter(({ kind }) => kind === 'VirtualService').map(({ spec }) => spec['http']);
      expect(routes).toHaveLength(2);
      for (const http of routes)
        expect(http).toMatchObject([{ route: [{ destination: { subset: 'tg-v1' } }] }]);
    }, 20_000);
    await untilSent(() => false);
    expect(await delegateNames()).toEqual(all);
    await root.plain();
    await eventually(async () => expect(await delegateNames()).toEqual([]), 20_000);
    await untilSent(() => false);
  });
});
