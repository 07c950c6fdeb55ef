import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IMutation } from '../../src/schema.types.js';
import { createCheckout, ENVIRONMENT, ROUTE } from '../support/checkout.js';
import { startOnMesh } from '../support/service-on-mesh.js';
import type { ServiceProcess } from '../support/service-process.js';
import { eventually } from './testbed/eventually.js';
import { gatewayPort } from './testbed/shop-objects.js';
import { Testbed } from './testbed/testbed.js';
import { request } from './testbed/traffic.js';

let testbed: Testbed;
let service: ServiceProcess;

beforeAll(async () => {
  testbed = await Testbed.start();
  service = await startOnMesh(testbed, { TIDEGATE_GATEWAY_PROBE_URLS: `http://127.0.0.1:${gatewayPort}` });
  const steps = [{ weight: 100_000, hold: null }];
  await createCheckout(service.admin, { issuer: testbed.issuer, guard: null, steps });
}, 180_000);

afterAll(async () => {
  testbed?.gateway.process.thaw();
  await service?.stop();
  await testbed?.stop();
}, 60_000);

async function onRoute(act: keyof IMutation, input: object = {}): Promise<void> {
  const reason = 'To be asked for';
  await service.admin.do(act, { environment: ENVIRONMENT, key: ROUTE, reason, ...input });
}

async function seen() {
  const { route } = await service.admin.run(
    `{ route(environment: "${ENVIRONMENT}", key: "${ROUTE}") { revision status { phase applied confirmed { by at gateways { confirmed of } sidecars { confirmed of } } } } }`,
  );
  const { revision = Infinity, status } = route ?? {};
  expect(status?.phase).toBe('applied');
  expect(Number(status?.applied?.split('.').at(-1))).toBeGreaterThanOrEqual(revision);
  return status;
}

const all = { by: 'probe', gateways: { confirmed: 1, of: 1 }, sidecars: { of: 0 }, at: expect.any(Number) };

describe('where no istiod can be asked', () => {
  it('a gateway says which table it has, and nothing else', async () => {
    const status = await eventually(async () => {
      const found = await seen();
      expect(found?.confirmed).toMatchObject(all);
      return found;
    }, 60_000);
    const told = await request(testbed.shop.outside, { headers: { 'x-tg-probe': '1' } });
    const [revision, digest, ...more] = told.body.split(' ');
    expect({ status: told.status, revision, more }).toEqual({
      status: 200,
      revision: status?.applied,
      more: [],
    });
    expect(digest).toMatch(/^[0-9a-f]{8}$/);
    expect(told.headers['x-version']).toBeUndefined();
    const other = await request(testbed.shop.outside, { headers: { 'x-tg-probe': '2' } });
    expect(other.headers['x-version']).toBe('v1');
  }, 90_000);

  it('a table is confirmed once a gateway that hung has it, and a kill waits for none', async () => {
    testbed.gateway.process.freeze();
    try {
      await onRoute('closeRoute', { version: 'v2' });
      const status = await eventually(seen, 20_000);
      expect(status?.confirmed).toMatchObject({ by: 'probe', gateways: { confirmed: 0 }, at: null });
    } finally {
      testbed.gateway.process.thaw();
    }
    await eventually(async () => expect((await seen())?.confirmed).toMatchObject(all), 60_000);
    expect((await request(testbed.shop.outside)).headers['x-version']).toBe('v2');
  }, 120_000);
});
