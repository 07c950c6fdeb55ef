import { describe, expect, it } from '@jest/globals';
import type { TidegateClient } from '@tidegate/sdk';
import { eventually } from '../mesh/testbed/eventually.js';
import { ENVIRONMENT } from '../support/checkout.js';
import { askOfrep } from '../support/ofrep.js';
import { RedisSentinels } from '../support/redis-sentinels.js';
import { Redis } from '../support/redis.js';
import type { ServiceProcess } from '../support/service-process.js';
import { Stage } from '../support/stage.js';

const environment = ENVIRONMENT;
const reason = 'A story of a test';
const WITHIN = 60_000;

/** A flag that is on for everybody, and a client that knows so. */
async function makeFlags(service: ServiceProcess, ...keys: readonly string[]): Promise<void> {
  await service.admin.do('createEnvironment', { key: environment, reason });
  for (const key of keys) await makeFlag(service, key);
}

async function makeFlag({ admin }: ServiceProcess, key: string): Promise<void> {
  const idempotencyKey = `make-${key}`;
  await admin.do('createFlag', {
    environment,
    key,
    defaultVariant: 'on',
    enabled: true,
    reason,
    idempotencyKey,
  });
}

/** Asks an SDK client for a flag again and again, as an application does, and keeps what it was told. */
function asking(stage: Stage, client: TidegateClient, flag: string): Set<string> {
  const told = new Set<string>();
  const timer = setInterval(() => {
    const { value, reason: why } = client.details(flag, { targetingKey: 'ada' }, false);
    told.add(`${value} ${why}`);
  }, 5);
  stage.keep(timer, clearInterval);
  return told;
}

describe('the service when Redis', () => {
  it('comes back without its file: serves what it knew, refuses to write, and begins anew when a person says so', () =>
    Stage.play(async (stage) => {
      const redis = stage.keep(await Redis.start(), (started) => started.stop());
      const settings = { TIDEGATE_STORE: 'redis', TIDEGATE_REDIS_URL: redis.url } as const;
      const services = [await stage.service({ settings }), await stage.service({ settings })] as const;
      const [one, two] = services;
      await makeFlags(one, 'known');
      const client = await stage.client(one);
      const token = await one.admin.makeToken(environment, 'client');
      await eventually(() => expect(client.boolean('known', {}, false)).toBe(true));
      const told = asking(stage, client, 'known');
      await redis.restart({ empty: true });
      const off = { environment, key: 'known', reason };
      for (const { admin } of services) {
        await eventually(async () => {
          await expect(admin.mutate('disableFlag', off)).rejects.toMatchObject({ codes: ['STORE_LOST'] });
        }, WITHIN);
      }
      for (const { url } of services)
        expect(await askOfrep({ url, token, flag: 'known' }, {})).toMatchObject({ status: 200, value: true });
      expect([...told]).toEqual([expect.stringMatching(/^true /)]);
      await two.admin.run(
        `mutation { confirmStoreEmpty(input: { reason: "${reason}" }) { userErrors { code } } }`,
      );
      await eventually(() => makeFlag(one, 'new'), WITHIN);
      await eventually(() => expect(client.boolean('new', {}, false)).toBe(true), WITHIN);
    }));

  it('fails over: what was acknowledged stands on both replicas of the service, and no client is told an error', () =>
    Stage.play(async (stage) => {
      const sentinels = stage.keep(await RedisSentinels.start(), (started) => started.stop());
      const settings = {
        TIDEGATE_STORE: 'redis',
        TIDEGATE_REDIS_URL: sentinels.url,
        TIDEGATE_REDIS_REPLICAS: '1',
      } as const;
      const services = [await stage.service({ settings }), await stage.service({ settings })] as const;
      await makeFlags(services[0], 'steady', 'last');
      const client = await stage.client(services[1]);
      await eventually(() => expect(client.boolean('last', {}, false)).toBe(true));
      const told = asking(stage, client, 'steady');
      const primary = await sentinels.primary();
      await services[0].admin.do('disableFlag', { environment, key: 'last', reason });
      await primary.kill();
      await eventually(async () => expect(await sentinels.primary()).not.toBe(primary), WITHIN);
      await eventually(() => makeFlag(services[0], 'after'), WITHIN);
      await eventually(() => expect(client.boolean('after', {}, false)).toBe(true), WITHIN);
      expect(client.boolean('last', {}, true)).toBe(false);
      expect([...told]).toEqual([expect.stringMatching(/^true /)]);
      const changes = await services[1].admin.history(environment, 'flag/last');
      expect(changes.map(({ actor }) => actor)).not.toContain('system:rollback');
    }));
});
