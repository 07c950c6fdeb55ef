import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Snapshot } from '@tidegate/sdk/engine';
import { createClient, type TidegateClient } from '@tidegate/sdk';
import type { Rollout } from '../../src/schema.types.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { Redis } from '../support/redis.js';
import { ServiceProcess } from '../support/service-process.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const environment = 'production';
const reason = 'Users are counted';
/** What the flags are: of one, users in the new arm are lost before they are seen. */
const FLAGS = ['clean', 'biased'] as const;

let redis: Redis;
let receiver: WebhookReceiver;
let service: ServiceProcess;
let client: TidegateClient;
/** Knows who gets what, and counts nothing. */
let oracle: TidegateClient;
let traffic: NodeJS.Timeout;

/** On a real Redis, with a real SDK: new users all the time, half of whom should have each flag on. */
beforeAll(async () => {
  redis = await Redis.start();
  receiver = await WebhookReceiver.start();
  service = await ServiceProcess.start({
    settings: {
      TIDEGATE_STORE: 'redis',
      TIDEGATE_REDIS_URL: redis.url,
      TIDEGATE_OUTGOING_LOOPBACK: receiver.address,
    },
    env: { HOOK: receiver.secret },
  });
  const { admin } = service;
  await admin.do('createEnvironment', { key: environment, reason });
  const webhooks = [{ url: `http://${receiver.address}/hook`, secretRef: 'env:HOOK', events: ['mismatch'] }];
  await admin.do('setWebhooks', { environment, reason, webhooks });
  for (const key of FLAGS) {
    await admin.do('createFlag', { environment, key, reason });
    const events = { flag: key, bad: 'failed' };
    await admin.do('createGuard', { environment, key, source: 'events', events, margin: 1.2, reason });
    await admin.do('createRollout', {
      environment,
      key,
      flag: { key, new: 'on', control: 'off' },
      steps: [
        { weight: 50_000, hold: 20 },
        { weight: 100_000, hold: 0 },
      ],
      guards: [key],
      reason,
    });
  }
  const key = await admin.makeToken(environment, 'server');
  for (const flag of FLAGS) await admin.do('startRollout', { environment, key: flag, reason });
  const snapshot = await fetch(`${service.url}/api/v1/snapshot`, {
    headers: { authorization: `Bearer ${key}` },
  });
  oracle = createClient({ offline: true, bootstrap: (await snapshot.json()) as Snapshot });
  client = createClient({ url: service.url, key, flushInterval: 200 });
  await client.ready();
  let next = 0;
  traffic = setInterval(() => {
    for (let i = 0; i < 4; i += 1) visit(`user-${(next += 1)}`, next);
  }, 10);
}, 120_000);

afterAll(async () => {
  clearInterval(traffic);
  await client?.close();
  await oracle?.close();
  await service?.stop();
  receiver?.close();
  await redis?.stop();
}, 60_000);

/** One user is served both flags; every other one of the new arm of `biased` leaves before that. */
function visit(targetingKey: string, number: number): void {
  const context = { targetingKey };
  client.boolean('clean', context, false);
  if (!oracle.boolean('biased', context, false) || number % 2 === 0) client.boolean('biased', context, false);
}

async function rolloutOf(key: string): Promise<Rollout> {
  const { rollout } = await service.admin.run(
    `query ($environment: ID!, $key: ID!) {
      rollout(environment: $environment, key: $key) {
        position { token run step state held stepStartedAt startedAt waiting }
        assignment { run logE untrustedAt words epochs { weight new control } }
      }
    }`,
    { environment, key },
  );
  return rollout as Rollout;
}

describe('users of a rollout', () => {
  it('are counted once each, in the arm that the SDK served', async () => {
    await eventually(async () => {
      const { assignment } = await rolloutOf('clean');
      expect(assignment?.epochs).toHaveLength(1);
      const [epoch] = assignment?.epochs ?? [];
      expect((epoch?.new ?? 0) + (epoch?.control ?? 0)).toBeGreaterThan(200);
      expect(epoch?.weight).toBe(50_000);
    }, 30_000);
  }, 40_000);

  it('hold the ramp where too few of one arm are seen: events are untrusted then, and it is told', async () => {
    const held = await eventually(async () => {
      const found = await rolloutOf('biased');
      expect(found.position.waiting).toContain('untrusted');
      return found;
    }, 60_000);
    expect(held.position).toMatchObject({ step: 0, state: 'running' });
    expect(held.assignment?.logE).toBeGreaterThan(Math.log(1_000));
    expect(held.assignment?.words).toMatch(/users were in the new arm \(3\d\.\d %\), and 50 % should be/);
    const [told] = (await service.admin.history(environment)).filter(
      ({ event }) => event?.kind === 'mismatch',
    );
    expect(told).toMatchObject({
      actor: 'rollout:biased',
      documents: [],
      event: { subject: 'rollout/biased', evidence: { words: held.assignment?.words, step: 1 } },
    });
    await eventually(() => {
      expect(receiver.deliveries.map(({ body, genuine }) => [body['type'], genuine])).toEqual([
        ['mismatch', true],
      ]);
    }, 20_000);
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toMatch(
      /tidegate_rollout_assignment_log_evidence\{environment="production",rollout="biased"\} [\d.]+/,
    );
  }, 90_000);

  it('let the ramp go on where both arms are seen as they should be', async () => {
    await eventually(async () => expect((await rolloutOf('clean')).position.state).toBe('completed'), 90_000);
    expect((await rolloutOf('clean')).assignment).toMatchObject({ untrustedAt: null, words: '' });
    expect((await rolloutOf('biased')).position).toMatchObject({ step: 0, state: 'running' });
  }, 100_000);

  it('leave nothing of themselves in the store but hashes', async () => {
    const { assignment } = await rolloutOf('biased');
    expect(assignment?.epochs.length).toBeGreaterThan(0);
    const key = (await redis.ask('keys', '*units:biased*')).trim();
    expect(key).toContain('units:biased|rollout:biased:split|1');
    const fields = (await redis.ask('hkeys', key)).split('\n');
    expect(fields.length).toBeGreaterThan(100);
    expect(fields.filter((field) => !/^[ud](failed\|)?\d+$/.test(field))).toEqual([]);
  }, 30_000);

  it('never keep a guard from closing the gate', async () => {
    const fail = setInterval(() => {
      const context = { targetingKey: `failing-${Math.random()}` };
      if (client.boolean('biased', context, false)) client.track('failed', context);
    }, 5);
    try {
      await eventually(
        async () => expect((await rolloutOf('biased')).position.state).toBe('aborted'),
        60_000,
      );
    } finally {
      clearInterval(fail);
    }
    const trips = (await service.admin.history(environment)).filter(({ event }) => event?.kind === 'trip');
    expect(trips).toMatchObject([{ actor: 'guard:biased' }]);
  }, 80_000);
});
