import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/mesh/testbed/eventually.js';
import { flagOf, rolloutOf } from '../../test/support/image.js';
import { Redis } from '../../test/support/redis.js';
import { RedisStore } from '../adapters/store/redis/redis-store.js';
import { startRollout } from '../domain/rollout/start.js';
import { RolloutStepper } from './rollout-stepper.js';

Logger.overrideLogger(false);

const ENVIRONMENTS = ['production', 'staging'] as const;
const BY = { actor: 'token:test', reason: 'set up' } as const;

let redis: Redis;
let store: RedisStore;
let ended: AbortController;
let stepping: Promise<void>;

beforeEach(async () => {
  redis = await Redis.start();
  store = new RedisStore({ url: redis.url, mayInitialise: true, pollEvery: 200 });
  await store.open();
  ended = new AbortController();
  stepping = Promise.resolve();
}, 30_000);

afterEach(async () => {
  ended.abort();
  await stepping;
  await store.close();
  await redis.stop();
}, 30_000);

async function begin(environment: string): Promise<void> {
  const edits = [
    flagOf({ key: 'checkout' }),
    rolloutOf({
      key: 'go',
      flag: { key: 'checkout', new: 'on', control: 'off' },
      steps: [
        { weight: 10_000, hold: 1 },
        { weight: 100_000, hold: 600 },
      ],
      salt: 'go',
    }),
  ];
  await store.createEnvironment(environment, '', {
    edits,
    expected: { 'flag/checkout': 0, 'rollout/go': 0 },
    ...BY,
  });
  const { commit } = startRollout(await store.image(environment), { rollout: 'go' }, await store.now());
  if (commit === null) throw new Error('not started');
  await store.commit(environment, { ...commit, ...BY });
}

describe('RolloutStepper', () => {
  it('steps in one environment while the record of another is lost', async () => {
    for (const environment of ENVIRONMENTS) await begin(environment);
    const keys = await redis.ask('KEYS', '*{staging}*');
    await redis.ask('DEL', ...keys.split('\n'));
    await eventually(() => expect(store.available('staging')).toBe(false), 20_000);
    const token = (await store.acquireLease('production', 'control', 'test', 120_000)) ?? 0;
    const term = { environment: 'production', lease: { name: 'control', token }, signal: ended.signal };
    stepping = new RolloutStepper(store).run(term);
    await eventually(async () => {
      const { states } = await store.image('production');
      expect(states.get('rollout/go')?.value).toMatchObject({ step: 1, state: 'running' });
    }, 30_000);
  }, 90_000);
});
