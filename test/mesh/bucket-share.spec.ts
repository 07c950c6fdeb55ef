import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCheckout, ENVIRONMENT, ROUTE, startRollout, untilAt } from '../support/checkout.js';
import { startOnMesh } from '../support/service-on-mesh.js';
import type { ServiceProcess } from '../support/service-process.js';
import { eventually } from './testbed/eventually.js';
import type { Entry } from './testbed/traffic.js';
import { Testbed } from './testbed/testbed.js';
import { send } from './testbed/traffic.js';

let testbed: Testbed;
let service: ServiceProcess;

beforeAll(async () => {
  testbed = await Testbed.start();
  service = await startOnMesh(testbed, { TIDEGATE_PROMETHEUS_URL: testbed.prometheus.url });
  await createCheckout(service.admin, {
    issuer: testbed.issuer,
    guard: null,
    steps: [
      { weight: 50_000, hold: null },
      { weight: 100_000, hold: null },
    ],
  });
}, 180_000);

afterAll(async () => {
  await service?.stop();
  await testbed?.stop();
}, 60_000);

async function shareNow() {
  const { bucketShare } = await service.admin.run(
    `{ bucketShare(environment: "${ENVIRONMENT}", route: "${ROUTE}") { share requests reason } }`,
  );
  return bucketShare;
}

const withBucket = (bucket: string) => ({ headers: { 'x-tg-b': `other=1234,${ROUTE}=${bucket}` } });

/** Waits until the split stands at this entrance: bucket 0001 is the new version's, and none the old one's. */
async function untilSplit(entry: Entry): Promise<void> {
  await eventually(async () => {
    expect((await send(entry, 5, withBucket('0001'))).versions).toEqual({ v2: 5 });
    expect((await send(entry, 5)).versions).toEqual({ v1: 5 });
  }, 30_000);
}

describe('the share of a split’s requests without a bucket, by Envoys’ own figures', () => {
  it('is null before there is a split, and says why', async () => {
    expect(await shareNow()).toMatchObject({
      share: null,
      reason: expect.stringContaining('No proxy has counted'),
    });
  });

  it('is what callers from outside and inside left out', async () => {
    await startRollout(service.admin, 'Half of them');
    await untilAt(service.admin, 'running', 0);
    const { outside, inside } = testbed.shop;
    await untilSplit(outside);
    await untilSplit(inside);
    await testbed.prometheus.nextScrape();
    await send(outside, 300, withBucket('0001'));
    await send(outside, 100, withBucket('9999'));
    await send(inside, 200, withBucket('7777'));
    await send(outside, 200);
    await send(inside, 150);
    await send(inside, 50, withBucket('77'));
    await testbed.prometheus.nextScrape();
    const { share, requests, reason } = (await shareNow()) ?? {};
    console.info(`share without a bucket: ${share} of ${requests} (sent: 400 of 1000, and some before)`);
    expect(reason).toBeNull();
    expect(requests).toBeGreaterThanOrEqual(1_000);
    expect(share).toBeGreaterThan(0.38);
    expect(share).toBeLessThan(0.42);
  }, 60_000);
});
