import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { RedisStore } from '../../src/adapters/store/redis/redis-store.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { Issuer } from '../mesh/testbed/issuer.js';
import { createCheckout, ENVIRONMENT, ROLLOUT, startRollout, untilAt } from '../support/checkout.js';
import { findLeader, leads, termsOf } from '../support/leaders.js';
import { Redis } from '../support/redis.js';
import type { ServiceProcess } from '../support/service-process.js';
import { Stage } from '../support/stage.js';

const STEPS = [
  { audience: 'employees', hold: 1 },
  { weight: 30_000, hold: 1 },
  { weight: 60_000, hold: 1 },
  { weight: 100_000, hold: 1 },
];

interface Cast {
  readonly redis: Redis;
  readonly leader: ServiceProcess;
  readonly other: ServiceProcess;
}

/** Two replicas on one Redis, with a rollout under way. */
async function withReplicas(test: (cast: Cast) => Promise<void>): Promise<void> {
  await Stage.play(async (stage) => {
    const redis = stage.keep(await Redis.start(), (started) => started.stop());
    const folder = stage.keep(mkdtempSync(join(tmpdir(), 'tidegate-leader-')), (path) =>
      rmSync(path, { recursive: true, force: true }),
    );
    const settings = {
      TIDEGATE_STORE: 'redis',
      TIDEGATE_REDIS_URL: redis.url,
      TIDEGATE_MESH_DIR: folder,
      TIDEGATE_LOG_LEVEL: 'debug',
    };
    const replicas = await Promise.all([stage.service({ settings }), stage.service({ settings })]);
    const [{ admin }] = replicas;
    const issuer = new Issuer('https://id.example.com', 'shop');
    await createCheckout(admin, { issuer, guard: null, steps: STEPS });
    await startRollout(admin, 'With two replicas');
    await untilAt(admin, 'running', 1);
    await test({ redis, ...(await findLeader(replicas, ENVIRONMENT)) });
  });
}

/** What the whole run must have written, each step once, whoever wrote it. */
async function expectEachStepOnce({ admin }: ServiceProcess): Promise<void> {
  const changes = await admin.history(ENVIRONMENT);
  const events = changes.flatMap(({ event }) => (event ? [[event.kind, event.evidence]] : []));
  expect(events).toEqual([
    ['start', expect.objectContaining({ run: 1, step: 1 })],
    ...[2, 3, 4].map((step) => ['step', expect.objectContaining({ run: 1, step })]),
    ['complete', expect.objectContaining({ run: 1, step: 4 })],
  ]);
  expect(changes.map(({ revision }) => revision)).toEqual(changes.map((_, index) => index + 1));
  const sides = await admin.run(`{
    flag(environment: "production", key: "new-checkout") { enabled defaultVariant rules { id } }
    route(environment: "production", key: "checkout") { default closed rules { id } }
  }`);
  expect(sides).toEqual({
    flag: { enabled: true, defaultVariant: 'on', rules: [] },
    route: { default: 'v2', closed: null, rules: [] },
  });
}

/** A step as the sleeper would have written it, with the lease that it held. */
async function writeAsLeaderOf(term: number, redis: Redis): Promise<unknown> {
  const store = new RedisStore({ url: redis.url });
  try {
    await store.open();
    return await store.commit(ENVIRONMENT, {
      edits: [],
      event: { kind: 'step', subject: `rollout/${ROLLOUT}`, evidence: {} },
      expected: {},
      lease: { name: 'control', token: term },
      actor: `rollout:${ROLLOUT}`,
      reason: 'A step decided before the sleep',
    });
  } finally {
    await store.close();
  }
}

describe('a rollout that two replicas could step', () => {
  it.concurrent(
    'goes on where it stood when the leader is killed in mid-step',
    () =>
      withReplicas(async ({ leader, other }) => {
        await leader.process.kill();
        await untilAt(other.admin, 'completed');
        await expectEachStepOnce(other);
        expect(leads(other, ENVIRONMENT)).toBe(true);
      }),
    120_000,
  );

  it.concurrent(
    'goes on without a leader that sleeps, and takes no word from it when it wakes',
    () =>
      withReplicas(async ({ leader, other, redis }) => {
        leader.process.freeze();
        await untilAt(other.admin, 'running', 2);
        leader.process.thaw();
        await untilAt(other.admin, 'completed');
        await eventually(() => expect(leads(leader, ENVIRONMENT)).toBe(false), 20_000);
        const slept = termsOf(leader, ENVIRONMENT).at(-1)?.token ?? 0;
        expect(termsOf(other, ENVIRONMENT).at(-1)?.token).toBeGreaterThan(slept);
        await expect(writeAsLeaderOf(slept, redis)).rejects.toMatchObject({ code: 'STALE_LEASE' });
        await expectEachStepOnce(other);
        await eventually(() => expectEachStepOnce(leader), 20_000);
      }),
    120_000,
  );
});
