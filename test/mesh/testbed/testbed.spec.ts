import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually } from './eventually.js';
import { readyAnnotation } from './pod.js';
import { bucketRules, gatewayRules, routes, subsets, to } from './sample-routes.js';
import { gatewayName, publicHost, serviceHost } from './shop-objects.js';
import { Testbed } from './testbed.js';
import { request, send } from './traffic.js';

const employee = { groups: ['staff', 'employees'] };
const customer = { groups: ['customers'] };
const settleMs = 20_000;

jest.setTimeout(60_000);

let testbed: Testbed;

beforeAll(async () => {
  testbed = await Testbed.start({ users: [{ name: 'guest' }] });
  await testbed.cluster.applyAll([
    subsets(),
    routes('at-gateway', [publicHost], [gatewayName], gatewayRules(testbed.issuer)),
  ]);
  await testbed.cluster.apply(routes('in-mesh', [serviceHost], ['mesh'], bucketRules()));
  await eventually(() => expectAll('outside', 'v1', bucket('9999')), settleMs);
  await eventually(() => expectAll('inside', 'v1', bucket('9999')), settleMs);
}, 120_000);

afterAll(async () => {
  await testbed?.stop();
}, 30_000);

afterEach(() => {
  testbed?.shop.heal('v2');
});

describe('a request from outside, through the gateway', () => {
  it('goes to the new version with an employee token of the named issuer', async () => {
    await expectAll('outside', 'v2', testbed.issuer.authorization(employee));
  });

  it('goes to the old version with a customer token', async () => {
    await expectAll('outside', 'v1', { ...testbed.issuer.authorization(customer), ...bucket('5000') });
  });

  it('gains nothing from the same claim of another trusted issuer', async () => {
    await expectAll('outside', 'v1', { ...testbed.otherIssuer.authorization(employee), ...bucket('5000') });
  });

  it.each([
    ['a wrong signature', { key: 'foreign' }],
    ['an expired token', { expiresIn: -3600 }],
    ['an unknown issuer', { issuer: 'https://nobody.example.com' }],
    ['no signature at all', { algorithm: 'none' }],
  ] as const)('is refused with 401 for %s', async (_, options) => {
    expect(await outsideStatus(testbed.issuer.authorization(employee, options))).toBe(401);
  });

  it('is refused with 403 for a token made for somebody else', async () => {
    expect(await outsideStatus(testbed.issuer.authorization(employee, { audience: 'bank' }))).toBe(403);
  });
});

describe.each(['outside', 'inside'] as const)('a bucket that comes from %s', (side) => {
  it.each(['0000', '1499'])('%s lies in the range and goes to the new version', async (value) => {
    await expectAll(side, 'v2', bucket(value));
  });

  it.each(['1500', '9999'])('%s lies beyond the range and goes to the old version', async (value) => {
    await expectAll(side, 'v1', bucket(value));
  });

  it('is absent, so that the weights decide', async () => {
    const { versions, statuses } = await send(testbed.shop[side], 400);
    expect(statuses).toEqual({ 200: 400 });
    expect(versions['v2']).toBeGreaterThan(20);
    expect(versions['v2']).toBeLessThan(110);
  });
});

describe('the parts', () => {
  it('show a failing version as 5xx of its own cluster in the raw samples', async () => {
    testbed.shop.fault('v2', { status: 503 });
    const { statuses } = await send(testbed.shop.outside, 30, { headers: bucket('0001') });
    expect(Object.keys(statuses)).toEqual(['503']);
    await testbed.prometheus.nextScrape();

    const cluster = `outbound|80|v2|${serviceHost}`;
    const selector = `envoy_cluster_upstream_rq{job="gateway",cluster_name="${cluster}",response_code_class="5xx"}`;
    const [series] = await testbed.prometheus.samples(selector, 30);
    expect(series?.samples.at(-1)?.value).toBeGreaterThanOrEqual(30);
  });

  it('refuse an invalid route by istiod’s webhook, in a dry run too', async () => {
    const weighted = [{ ...to('v1'), weight: -5 }, to('v2')];
    const broken = routes('broken', [publicHost], [gatewayName], [{ route: weighted }]);
    await expect(testbed.cluster.apply(broken, { dryRun: true })).rejects.toThrow(/weight/);
  });

  it('enforce the rights of a user', async () => {
    const guest = testbed.apiServer.client('guest');
    await expect(guest.get(subsets())).rejects.toMatchObject({ status: 403 });
  });

  it('tell which configuration each proxy has confirmed', async () => {
    const proxies = await testbed.istiod.proxies();
    expect(proxies.map(({ proxy }) => proxy).sort()).toEqual(['client-1.shop', 'gw-1.istio-system']);
    for (const { route_sent, route_acked } of proxies) expect(route_acked).toBe(route_sent);
  });

  it('follow pods that come, turn unready, crash and go', async () => {
    const { shop, kubelet } = testbed;
    await shop.scale('v2', 2);
    await shop.available('v2', 2);
    const [first, second] = await shop.pods('v2');
    await kubelet.setReady(first!, false);
    await eventually(() => expectPod(second!.metadata.name), settleMs);
    await kubelet.setReady(first!, true);
    kubelet.pod(second!).crash();
    await eventually(() => expectPod(first!.metadata.name), settleMs);
    await shop.available('v2', 2);
    await shop.scale('v2', 1);
    await shop.available('v2', 1);
    await eventually(() => expectAll('outside', 'v2', bucket('0001')), settleMs);
  });

  it('keep a slow version unready until it is said to be ready', async () => {
    const { shop, kubelet } = testbed;
    await shop.deploy('v3', { annotations: { [readyAnnotation]: 'false' } });
    const pod = await eventually(async () => {
      const pods = await shop.pods('v3');
      expect(pods).toMatchObject([{ status: { phase: 'Running' } }]);
      return pods[0]!;
    }, settleMs);
    await expect(shop.available('v3', 1, 1_000)).rejects.toThrow('v3 has 0 ready of 1 pods');
    await kubelet.setReady(pod, true);
    await shop.available('v3');
    await shop.remove('v3');
    await eventually(async () => expect(await shop.pods('v3')).toEqual([]), settleMs);
  });
});

async function expectAll(
  side: 'outside' | 'inside',
  version: string,
  headers: Record<string, string>,
): Promise<void> {
  const { versions, statuses } = await send(testbed.shop[side], 20, { headers });
  expect({ versions, statuses }).toEqual({ versions: { [version]: 20 }, statuses: { 200: 20 } });
}

async function expectPod(name: string): Promise<void> {
  for (let index = 0; index < 10; index += 1) {
    const { body } = await request(testbed.shop.outside, { headers: bucket('0001') });
    expect(JSON.parse(body)).toMatchObject({ pod: name });
  }
}

async function outsideStatus(headers: Record<string, string>): Promise<number> {
  return (await request(testbed.shop.outside, { headers })).status;
}

function bucket(value: string): { 'x-tg-b': string } {
  return { 'x-tg-b': `search=0000,checkout=${value}` };
}
