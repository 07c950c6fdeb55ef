import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient, type TidegateClient } from '@tidegate/sdk';
import type { Change, ChangeEvent } from '../../src/schema.types.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { Issuer } from '../mesh/testbed/issuer.js';
import { contextOf, makeUsers } from '../support/census.js';
import {
  createCheckout,
  ENVIRONMENT,
  FLAG,
  GUARD,
  ROLLOUT,
  startRollout,
  untilAt,
} from '../support/checkout.js';
import { ServiceProcess } from '../support/service-process.js';

const STEPS = [
  { audience: 'employees', hold: 1 },
  { weight: 50_000, hold: 30 },
  { weight: 100_000, hold: 0 },
];
const FAILED = 'checkout-failed';
const users = makeUsers(100, 100);

let service: ServiceProcess;
let client: TidegateClient;
let traffic: NodeJS.Timeout;
let trip: Change;

/** On the embedded store, with a guard on what the SDK reports: whoever has the flag on fails to check out. */
beforeAll(async () => {
  service = await ServiceProcess.start();
  const { admin } = service;
  await createCheckout(admin, {
    issuer: new Issuer('https://id.example.com', 'shop'),
    moves: { flag: true, route: false },
    guard: { source: 'events', events: { flag: FLAG, bad: FAILED }, margin: 2, phi: 1, action: 'restore' },
    steps: STEPS,
  });
  client = createClient({
    url: service.url,
    key: await admin.makeToken(ENVIRONMENT, 'server'),
    flushInterval: 200,
  });
  await client.ready();
  let next = 0;
  traffic = setInterval(() => {
    const context = contextOf(users[next++ % users.length] ?? { id: '', employee: false });
    if (client.boolean(FLAG, context, false)) client.track(FAILED, context);
  }, 10);
  await startRollout(admin, 'A flag alone');
  await untilAt(admin, 'aborted');
  const changes = await admin.history(ENVIRONMENT);
  trip = changes.find(({ event }) => event?.kind === 'trip') as Change;
}, 90_000);

afterAll(async () => {
  clearInterval(traffic);
  await client?.close();
  await service?.stop();
}, 30_000);

describe('a rollout of a flag alone, guarded by events', () => {
  it('is restored by the guard: rules gone, the flag stays on', () => {
    expect(trip).toMatchObject({
      actor: `guard:${GUARD}`,
      documents: [{ kind: 'flag', key: FLAG, after: { enabled: true, rules: [], defaultVariant: 'off' } }],
      event: {
        evidence: { of: `rollout/${ROLLOUT}`, action: 'restore', words: expect.stringContaining(FAILED) },
      },
    });
  });

  it('leaves nobody in the new arm', async () => {
    await eventually(() => {
      expect(users.filter((user) => client.boolean(FLAG, contextOf(user), true))).toEqual([]);
    });
    expect(client.details(FLAG, contextOf({ id: 'employee-0', employee: true }), true)).toMatchObject({
      value: false,
      reason: 'STATIC',
    });
  });

  it('counts what the split decided, and not the employees', () => {
    const { newBad, newTotal, controlBad, controlTotal } = (trip.event as ChangeEvent).evidence as Record<
      string,
      number
    >;
    expect(newBad).toBeGreaterThanOrEqual(5);
    expect(controlBad).toBe(0);
    // With the employees, who all have the flag on, it would be three quarters.
    expect(Number(newTotal) / (Number(newTotal) + Number(controlTotal))).toBeLessThan(0.65);
  });
});
