import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GuardRecord } from '../../src/schema.types.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { InstalledSdk } from '../support/installed-sdk.js';
import { Redis } from '../support/redis.js';
import { ServiceProcess } from '../support/service-process.js';

const environment = 'production';
const reason = 'Does the new version sell as much?';

/**
 * Flags at 50 %, each with a guard of its own key on the event `<flag>-done`. With the flag on, users of a harmful one do it a
 * quarter as often.
 */
const FLAGS = {
  'orders-harm': { kind: 'drop', margin: 0.9, phi: 1, within: 10 },
  'orders-fine': { kind: 'drop', margin: 0.9, phi: 1, within: 10 },
  'signups-harm': { kind: 'drop', margin: 0.9, phi: 1 },
  'signups-fine': { kind: 'drop', margin: 0.9, phi: 1 },
  revenue: { kind: 'mean', margin: 1, mean: { worse: 'lower' } },
} as const;
type FlagKey = keyof typeof FLAGS;

/** New users all the time: each is served all flags, and does what he does within four seconds, until the flag `open` goes off. */
const SHOP = `
  const client = createClient({ url: process.env.SERVICE, key: process.env.KEY, flushInterval: 200 });
  await client.ready();
  const later = (act) => setTimeout(act, Math.random() * 4_000);
  let next = 0;
  const timer = setInterval(() => {
    const context = { targetingKey: 'user-' + (next += 1) };
    for (const flag of ${JSON.stringify(Object.keys(FLAGS))}) {
      const isOn = client.boolean(flag, context, false);
      if (flag === 'revenue') for (let i = 0; i < 3; i += 1) client.track('revenue-done', context, i === 2 ? 5_000 : 20);
      else if (Math.random() < (isOn && flag.endsWith('harm') ? 0.1 : 0.4)) later(() => client.track(flag + '-done', context));
    }
    if (client.boolean('open', context, true)) return;
    clearInterval(timer);
    void client.close();
  }, 20);`;

let redis: Redis;
let service: ServiceProcess;
let sdk: InstalledSdk;
let shop: ReturnType<InstalledSdk['run']>;

beforeAll(async () => {
  redis = await Redis.start();
  service = await ServiceProcess.start({
    settings: { TIDEGATE_STORE: 'redis', TIDEGATE_REDIS_URL: redis.url },
  });
  const { admin } = service;
  await admin.do('createEnvironment', { key: environment, reason });
  await admin.do('createFlag', { environment, key: 'open', enabled: true, defaultVariant: 'on', reason });
  for (const key of Object.keys(FLAGS) as FlagKey[]) await rollOut(key);
  const key = await admin.makeToken(environment, 'server');
  sdk = await InstalledSdk.install();
  shop = sdk.run(SHOP, { deadline: 300_000, env: { SERVICE: service.url, KEY: key } });
}, 120_000);

afterAll(async () => {
  await service?.admin.do('disableFlag', { environment, key: 'open', reason }).catch(() => undefined);
  await shop;
  await service?.stop();
  await sdk?.remove();
  await redis?.stop();
}, 320_000);

async function rollOut(key: FlagKey): Promise<void> {
  const { admin } = service;
  const { kind, margin, ...more } = FLAGS[key];
  const { within, ...settings } = { within: undefined, ...more };
  const events = { flag: key, bad: `${key}-done`, ...(within === undefined ? {} : { within }) };
  await admin.do('createFlag', { environment, key, reason });
  await admin.do('createGuard', {
    environment,
    key,
    source: 'events',
    kind,
    margin,
    ...settings,
    events,
    reason,
  });
  await admin.do('createRollout', {
    environment,
    key,
    flag: { key, new: 'on', control: 'off' },
    steps: [
      { weight: 50_000, hold: 3_600 },
      { weight: 100_000, hold: 0 },
    ],
    guards: [key],
    reason,
  });
  await admin.do('startRollout', { environment, key, reason });
}

async function recordOf(key: FlagKey): Promise<GuardRecord> {
  const { guard } = await service.admin.run(
    `query ($environment: ID!, $key: ID!) {
      guard(environment: $environment, key: $key) {
        records { subject state windows newBad newTotal controlBad controlTotal trouble troubleCode trippedAt evidence }
      }
    }`,
    { environment, key },
  );
  const [record] = guard?.records ?? [];
  if (record === undefined) throw new Error(`guard ${key} was not judged yet`);
  return record;
}

async function isEnabled(key: FlagKey): Promise<boolean | undefined> {
  const { flag } = await service.admin.run(
    `query ($environment: ID!, $key: ID!) { flag(environment: $environment, key: $key) { enabled } }`,
    { environment, key },
  );
  return flag?.enabled;
}

describe('what users do, told by an SDK in another process', () => {
  it.each<FlagKey>(['orders-harm', 'signups-harm'])(
    'turns a flag off with which they do it less: %s',
    async (key) => {
      const record = await eventually(async () => {
        const found = await recordOf(key);
        expect(found).toMatchObject({ state: 'tripped' });
        return found;
      }, 90_000);
      expect(record.newBad / record.newTotal).toBeLessThan(0.25);
      expect(record.controlBad / record.controlTotal).toBeGreaterThan(0.3);
      expect(await isEnabled(key)).toBe(false);
    },
    100_000,
  );

  it.each<FlagKey>(['orders-fine', 'signups-fine'])(
    'leaves a flag on with which they do it as often: %s',
    async (key) => {
      const record = await eventually(async () => {
        const found = await recordOf(key);
        expect(found).toMatchObject({ state: 'ok', trippedAt: null });
        expect(found.windows).toBeGreaterThanOrEqual(5);
        return found;
      }, 90_000);
      // Orders come up to four seconds after the exposure; held against the users exposed then, none are missing.
      expect(record.newBad / record.newTotal).toBeGreaterThan(0.25);
      expect(await isEnabled(key)).toBe(true);
    },
    100_000,
  );

  it('counts revenue by order in both arms, and learns from the control where large orders are cut', async () => {
    await eventually(async () => {
      const found = await recordOf('revenue');
      expect(found).toMatchObject({
        state: 'warming',
        trouble: expect.stringMatching(/^[1-9]\d* of the 50 windows/),
      });
    }, 90_000);
    const { newBad, newTotal, controlBad, controlTotal } = await recordOf('revenue');
    // Two orders of 20 for one of 5,000, in both arms.
    expect(newBad / newTotal).toBeCloseTo(5_040 / 3, -2);
    expect(controlBad / controlTotal).toBeCloseTo(5_040 / 3, -2);
  }, 100_000);
});
