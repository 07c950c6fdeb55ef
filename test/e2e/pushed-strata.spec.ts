import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PushedShop } from '../support/pushed-shop.js';
import { pushing, type PushingPod } from '../support/pushing-pod.js';

/** Of each version and region: requests a second, and the share of them that fails. The mix differs, what fails there does not. */
const TRAFFIC = {
  v1: { eu: [20, 0.2], us: [80, 0] },
  v2: { eu: [80, 0.2], us: [20, 0] },
} as const;

let shop: PushedShop;
let pods: readonly PushingPod[];

beforeAll(async () => {
  shop = await PushedShop.start();
  await shop.guard('pooled', { margin: 1.2, phi: 1 });
  await shop.guard('by-region', {
    margin: 1.2,
    phi: 1,
    strata: { label: 'client.region' },
    action: 'disable',
  });
  pods = [
    shop.pod('old', 'v1', { encoding: 'json', temporality: 'cumulative' }),
    shop.pod('new', 'v2', { encoding: 'protobuf', temporality: 'delta' }),
  ];
}, 60_000);

afterAll(async () => {
  await Promise.all((pods ?? []).map((one) => one.stop()));
  await shop?.stop();
});

/** A second's traffic; `worse` is the share that fails besides in the us with the new version. */
function serve(worse = 0): void {
  for (const [i, version] of (['v1', 'v2'] as const).entries()) {
    for (const region of ['eu', 'us'] as const) {
      const [count, share] = TRAFFIC[version][region];
      const bad = Math.round(count * (share + (version === 'v2' && region === 'us' ? worse : 0)));
      pods[i]?.serve(bad, 503, 0.05, { 'client.region': region });
      pods[i]?.serve(count - bad, 200, 0.05, { 'client.region': region });
    }
  }
}

describe('a guard on pushed metrics with strata', () => {
  it('says nothing against a version that only gets more of the region that fails', async () => {
    await pushing(pods, serve, async () =>
      expect(await shop.recordOf('pooled')).toMatchObject({ state: 'tripped' }),
    );
    await pushing(pods, serve, async () => {
      const record = await shop.recordOf('by-region');
      expect(record).toMatchObject({ state: 'ok', trippedAt: null });
      expect(record?.windows).toBeGreaterThanOrEqual((await shop.recordOf('pooled'))?.windows ?? Infinity);
    });
    expect(await shop.closed()).toBeNull();
  }, 150_000);

  it('closes the route of a version that fails more in one region', async () => {
    await pushing(
      pods,
      () => serve(0.5),
      async () => expect(await shop.closed()).toBe('v1'),
    );
    expect(await shop.recordOf('by-region')).toMatchObject({ state: 'tripped' });
  }, 90_000);
});
