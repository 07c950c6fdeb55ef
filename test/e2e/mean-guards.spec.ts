import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../mesh/testbed/eventually.js';
import { AdminClient } from '../support/admin-client.js';
import { ENVIRONMENT } from '../support/api-samples.js';
import { GuardedFlags } from '../support/guarded-flags.js';
import { PushedShop } from '../support/pushed-shop.js';
import type { PushingPod } from '../support/pushing-pod.js';
import { Redis } from '../support/redis.js';
import { TurnedClock } from '../support/turned-clock.js';

/** A mean needs 50 windows of 5 s: the clock of the store goes ten times as fast, and all else as usual. */
const HASTE = 10;
const FALLS = { kind: 'mean', margin: 1, mean: { worse: 'lower' } } as const;
const SELLS_LESS = 'revenue-harm';
const SELLS_AS_MUCH = 'revenue-fine';

/** Two orders of 10 to 30 each; with the flag on, those of a harmful one are a fifth smaller. One in 5,000 is of a million, in the control alone. */
const VISIT = `
  for (const flag of ['${SELLS_LESS}', '${SELLS_AS_MUCH}']) {
    const isOn = client.boolean(flag, context, false);
    for (let i = 0; i < 2; i += 1) {
      const order = (10 + 20 * Math.random()) * (isOn && flag === '${SELLS_LESS}' ? 0.8 : 1);
      client.track(flag + '-done', context, !isOn && Math.random() < 0.0002 ? 1_000_000 : order);
    }
  }`;
/** Each order is a value of this histogram. */
const SALES = {
  sum: '{"order.value"}',
  total: '{"order.value"}',
  arm: { label: 'service.version', new: 'v2', control: 'v1' },
};

const clock = new TurnedClock();
let redis: Redis;
let shop: PushedShop;
let flags: GuardedFlags;
let pods: readonly PushingPod[];
let pushes: NodeJS.Timeout;

beforeAll(async () => {
  clock.hurry(HASTE);
  redis = await Redis.start({ env: clock.env });
  shop = await PushedShop.start({ TIDEGATE_STORE: 'redis', TIDEGATE_REDIS_URL: redis.url });
  flags = new GuardedFlags(new AdminClient(shop.app.url, shop.app.token), ENVIRONMENT);
  await flags.rollOut(SELLS_LESS, FALLS);
  await flags.rollOut(SELLS_AS_MUCH, FALLS);
  await flags.come(2, VISIT);
  await shop.guard('times', { kind: 'mean', margin: 1.2, action: 'disable' });
  await shop.guard('sales', { ...FALLS, template: null, query: SALES });
  pods = [
    shop.pod('old', 'v1', { encoding: 'json', temporality: 'cumulative' }),
    shop.pod('new', 'v2', { encoding: 'protobuf', temporality: 'delta' }),
  ];
  pushes = setInterval(serve, 300);
}, 120_000);

afterAll(async () => {
  clearInterval(pushes);
  await Promise.all((pods ?? []).map((one) => one.stop()));
  await flags?.leave();
  await shop?.stop();
  await redis?.stop();
  clock.close();
}, 60_000);

/** Twenty requests and orders of each version: the new one takes longer, and sells as much. */
function serve(): void {
  const [old, fresh] = pods;
  for (let i = 0; i < 20; i += 1) {
    old?.serve(1, 200, 0.05 + Math.random() * 0.02);
    fresh?.serve(1, 200, 0.08 + Math.random() * 0.02);
    old?.sell(10 + 20 * Math.random());
    fresh?.sell(10 + 20 * Math.random());
  }
  for (const one of pods) one.push().catch(() => undefined);
}

describe('revenue per order, told by an SDK in another process', () => {
  it('turns a flag off with which orders are a fifth smaller', async () => {
    const record = await eventually(async () => {
      const found = await flags.recordOf(SELLS_LESS);
      expect(found).toMatchObject({ state: 'tripped' });
      return found;
    }, 120_000);
    expect(record.evidence).toMatchObject({ words: expect.stringMatching(/^mean 0\.[78]\d?× control/) });
    expect(await flags.isEnabled(SELLS_LESS)).toBe(false);
    expect(await flags.position(SELLS_LESS)).toMatchObject({ state: 'aborted' });
  }, 150_000);

  it('leaves a flag on with which they are as large, though the control has some of a million', async () => {
    const record = await eventually(async () => {
      const found = await flags.recordOf(SELLS_AS_MUCH);
      expect(found).toMatchObject({ state: 'ok', trippedAt: null });
      expect(found.windows).toBeGreaterThanOrEqual(60);
      return found;
    }, 120_000);
    expect(await flags.isEnabled(SELLS_AS_MUCH)).toBe(true);
    // Cut at the control's 99.9 %: a single million in 10,000 orders would make this 120.
    expect(record.controlBad / record.controlTotal).toBeGreaterThan(19);
    expect(record.controlBad / record.controlTotal).toBeLessThan(21);
    expect(record.newBad / record.newTotal).toBeGreaterThan(19);
  }, 150_000);
});

describe('means of histograms that the SDK of OpenTelemetry pushes', () => {
  it('close the route of a version that takes longer, though it sells as much', async () => {
    await eventually(async () => expect(await shop.closed()).toBe('v1'), 60_000);
    const { evidence } = (await shop.recordOf('times')) ?? {};
    expect(evidence).toMatchObject({ words: expect.stringMatching(/^mean 1\.[3-6]\d?× control/) });
    await eventually(async () => {
      const sales = await shop.recordOf('sales');
      expect(sales).toMatchObject({ state: 'ok', trippedAt: null });
      expect(sales?.windows).toBeGreaterThanOrEqual(50);
    }, 60_000);
  }, 150_000);
});
