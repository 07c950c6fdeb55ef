import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { TidegateClient } from '@tidegate/sdk';
import { eventually } from '../mesh/testbed/eventually.js';
import { Issuer } from '../mesh/testbed/issuer.js';
import type { AdminClient } from '../support/admin-client.js';
import { Census, contextOf, makeUsers } from '../support/census.js';
import {
  createCheckout,
  ENVIRONMENT,
  FLAG,
  GUARD,
  ROLLOUT,
  startRollout,
  untilAt,
} from '../support/checkout.js';
import { freePort } from '../support/free-port.js';
import { Front } from '../support/front.js';
import { askOfrep } from '../support/ofrep.js';
import { startPrometheus } from '../support/prometheus.js';
import { Redis } from '../support/redis.js';
import { Shop } from '../support/shop.js';
import { Stage } from '../support/stage.js';

const TIMEOUT = 120_000;
const issuer = new Issuer('https://id.example.com', 'shop');
const users = makeUsers(20, 180);

/** Every user's answer, by the SDK. */
function bySdk(client: TidegateClient): readonly boolean[] {
  return users.map((user) => client.boolean(FLAG, contextOf(user), false));
}

/** Every user's answer, by OFREP; the status where it isn't 200. */
function byOfrep(url: string, token: string): Promise<readonly unknown[]> {
  return Promise.all(
    users.map(async ({ id }) => {
      const { status, value } = await askOfrep({ url, token, flag: FLAG }, { targetingKey: id });
      return status === 200 ? value : status;
    }),
  );
}

async function eventKinds(admin: AdminClient): Promise<readonly string[]> {
  const changes = await admin.history(ENVIRONMENT);
  return changes.flatMap(({ event }) => event?.kind ?? []);
}

/** State of the guard and why the rollout waits, in one answer. */
async function standing(
  admin: AdminClient,
): Promise<{ guard: string | undefined; waiting: string | undefined }> {
  const { guard, rollout } = await admin.run(`{
    guard(environment: "${ENVIRONMENT}", key: "${GUARD}") { records { state } }
    rollout(environment: "${ENVIRONMENT}", key: "${ROLLOUT}") { position { waiting } }
  }`);
  return { guard: guard?.records[0]?.state, waiting: rollout?.position.waiting };
}

describe('without Redis', () => {
  const atStart = async (stage: Stage): Promise<void> => {
    const port = await freePort();
    const settings = { TIDEGATE_STORE: 'redis', TIDEGATE_REDIS_URL: `redis://127.0.0.1:${port}` };
    const service = await stage.service({ settings, probe: '/healthz' });
    await eventually(() => expect(JSON.stringify(service.log())).toMatch(/redis/i), 20_000);
    expect(await service.status('/readyz')).toBe(503);
    expect(await service.status('/healthz')).toBe(200);
    stage.keep(await Redis.start({ port }), (redis) => redis.stop());
    await eventually(async () => expect(await service.status('/readyz')).toBe(200), 30_000);
    await service.admin.do('createEnvironment', { key: ENVIRONMENT, reason: 'Redis is back' });
  };

  const inFlight = async (stage: Stage): Promise<void> => {
    const redis = stage.keep(await Redis.start(), (started) => started.stop());
    const service = await stage.service({
      settings: { TIDEGATE_STORE: 'redis', TIDEGATE_REDIS_URL: redis.url },
    });
    const { admin, url } = service;
    const steps = [
      { weight: 20_000, hold: 2 },
      { weight: 50_000, hold: 1 },
      { weight: 100_000, hold: 0 },
    ];
    await createCheckout(admin, { issuer, guard: null, steps });
    const client = await stage.client(service);
    const token = await admin.makeToken(ENVIRONMENT, 'client');
    await startRollout(admin, 'Before the outage');
    await eventually(() => expect(bySdk(client)).toContain(true));
    const before = bySdk(client);
    await redis.kill();
    await eventually(async () => expect(await service.status('/readyz')).toBe(503), 30_000);
    const input = { environment: ENVIRONMENT, key: FLAG, reason: 'No store' };
    await expect(admin.mutate('disableFlag', input)).rejects.toMatchObject({ codes: ['STORE_UNAVAILABLE'] });
    await sleep(3_000);
    expect(bySdk(client)).toEqual(before);
    expect(await byOfrep(url, token)).toEqual(before);
    await redis.run();
    await untilAt(admin, 'completed');
    expect(await eventKinds(admin)).toEqual(['start', 'step', 'step', 'complete']);
    await eventually(() => expect(bySdk(client)).not.toContain(false));
  };

  it.concurrent(
    'waits at the start, says so and why, is not ready, and goes on by itself',
    () => Stage.play(atStart),
    TIMEOUT,
  );

  it.concurrent(
    'evaluates on, refuses writes, promotes nothing, and goes on when it is back',
    () => Stage.play(inFlight),
    TIMEOUT,
  );
});

describe('without Prometheus', () => {
  const blind = async (stage: Stage): Promise<void> => {
    const shop = stage.keep(await Shop.open(), (open) => open.close());
    const prometheus = stage.keep(await startPrometheus(shop.targets), (started) => started.stop());
    const service = await stage.service({ settings: { TIDEGATE_PROMETHEUS_URL: prometheus.url } });
    const { admin } = service;
    const steps = [
      { weight: 50_000, hold: 2 },
      { weight: 100_000, hold: 0 },
    ];
    await createCheckout(admin, { issuer, steps });
    const client = await stage.client(service);
    const file = join(service.meshFolder, `${ENVIRONMENT}.checkout.yaml`);
    const census = stage.keep(new Census(client, file, users), (made) => made.stop());
    stage.keep(new Front(census, shop), (front) => front.stop());
    await startRollout(admin, 'Before the outage');
    await prometheus.kill();
    await eventually(async () => {
      expect(await standing(admin)).toEqual({ guard: 'blind', waiting: expect.stringContaining(GUARD) });
    }, 30_000);
    await sleep(3_000);
    expect(await admin.position(ENVIRONMENT, ROLLOUT)).toMatchObject({ state: 'running', step: 0 });
    await prometheus.start();
    await untilAt(admin, 'completed');
    expect(await eventKinds(admin)).toEqual(['start', 'step', 'complete']);
  };

  it.concurrent(
    'neither promotes nor rolls back, says that the guard is blind, and goes on when it is back',
    () => Stage.play(blind),
    TIMEOUT,
  );
});
