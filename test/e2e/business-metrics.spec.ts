import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../mesh/testbed/eventually.js';
import { GuardedFlags } from '../support/guarded-flags.js';
import { Redis } from '../support/redis.js';
import { ServiceProcess } from '../support/service-process.js';

const environment = 'production';
const DROP = { kind: 'drop', margin: 0.9, phi: 1 } as const;
/** Orders lag: they are held against the users who were exposed when they were. */
const ORDERS = { ...DROP, within: 10, weights: [10_000, 50_000] } as const;

/** Each with a guard of its own key. With the flag on, users of a harmful one do it a quarter as often. */
const FLAGS = { 'orders-harm': ORDERS, 'orders-fine': ORDERS, 'signups-harm': DROP, 'signups-fine': DROP };
type FlagKey = keyof typeof FLAGS;

/** A user is served all flags. He signs up within four seconds, or orders three to seven after: hardly ever in the window of his exposure. */
const VISIT = `
  for (const flag of ${JSON.stringify(Object.keys(FLAGS))}) {
    const isOn = client.boolean(flag, context, false);
    if (Math.random() > (isOn && flag.endsWith('harm') ? 0.1 : 0.4)) continue;
    const act = () => client.track(flag + '-done', context);
    later(flag.startsWith('orders') ? () => setTimeout(act, 3_000) : act);
  }`;

let redis: Redis;
let service: ServiceProcess;
let flags: GuardedFlags;

beforeAll(async () => {
  redis = await Redis.start();
  service = await ServiceProcess.start({
    settings: { TIDEGATE_STORE: 'redis', TIDEGATE_REDIS_URL: redis.url },
  });
  await service.admin.do('createEnvironment', { key: environment, reason: 'For a test' });
  flags = new GuardedFlags(service.admin, environment);
  for (const key of Object.keys(FLAGS) as FlagKey[]) await flags.rollOut(key, FLAGS[key]);
  await flags.come(1, VISIT);
}, 120_000);

afterAll(async () => {
  await flags?.leave();
  await service?.stop();
  await redis?.stop();
}, 320_000);

describe('what users do, told by an SDK in another process', () => {
  it('does not take a step in which many users have just come, and will order later, for a drop', async () => {
    await eventually(async () => {
      const found = await flags.recordOf('orders-fine');
      expect(found).toMatchObject({ state: 'ok' });
      expect(found.newBad).toBeGreaterThan(0);
    }, 60_000);
    const before = await flags.recordOf('orders-fine');
    await flags.promote('orders-fine');
    const after = await eventually(async () => {
      const found = await flags.recordOf('orders-fine');
      expect(found).toMatchObject({ state: 'ok', trippedAt: null });
      // More than what came at 10 % by far: most of it is of the step after.
      expect(found.newTotal).toBeGreaterThan(6 * before.newTotal);
      return found;
    }, 90_000);
    const share = (after.newBad - before.newBad) / (after.newTotal - before.newTotal);
    const usual = (after.controlBad - before.controlBad) / (after.controlTotal - before.controlTotal);
    expect(share / usual).toBeGreaterThan(0.75);
    expect(share / usual).toBeLessThan(1.33);
    expect(await flags.isEnabled('orders-fine')).toBe(true);
  }, 160_000);

  it.each<FlagKey>(['orders-harm', 'signups-harm'])(
    'turns a flag off with which they do it less: %s',
    async (key) => {
      const record = await eventually(async () => {
        const found = await flags.recordOf(key);
        expect(found).toMatchObject({ state: 'tripped' });
        return found;
      }, 90_000);
      const [share, usual] = [record.newBad / record.newTotal, record.controlBad / record.controlTotal];
      expect(usual).toBeGreaterThan(0.2);
      expect(share / usual).toBeLessThan(0.7);
      expect(await flags.isEnabled(key)).toBe(false);
      expect(await flags.position(key)).toMatchObject({ state: 'aborted' });
    },
    100_000,
  );

  it('leaves a flag on with which they sign up as often', async () => {
    const record = await eventually(async () => {
      const found = await flags.recordOf('signups-fine');
      expect(found).toMatchObject({ state: 'ok', trippedAt: null });
      expect(found.windows).toBeGreaterThanOrEqual(5);
      return found;
    }, 90_000);
    expect(record.newBad / record.newTotal).toBeGreaterThan(0.25);
    expect(await flags.isEnabled('signups-fine')).toBe(true);
  }, 100_000);
});
