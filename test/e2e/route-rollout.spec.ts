import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient, type TidegateClient } from '@tidegate/sdk';
import { join } from 'node:path';
import type { Change } from '../../src/schema.types.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { Issuer } from '../mesh/testbed/issuer.js';
import { Census, makeUsers } from '../support/census.js';
import { createCheckout, ENVIRONMENT, ROLLOUT, startRollout, untilAt } from '../support/checkout.js';
import { ServiceProcess } from '../support/service-process.js';

const STEPS = [
  { audience: 'employees', hold: 0 },
  { weight: 20_000, hold: null },
  { weight: 100_000, hold: 0 },
];
const users = makeUsers(10, 190);

let service: ServiceProcess;
let client: TidegateClient;
let census: Census;
let changes: readonly Change[];

/**
 * On the embedded store, without a guard: hold alone lets it go on, and the 20 % step waits for a person. While it waits,
 * the service is killed and started again.
 */
beforeAll(async () => {
  service = await ServiceProcess.start();
  const { admin } = service;
  await createCheckout(admin, {
    issuer: new Issuer('https://id.example.com', 'shop'),
    moves: { flag: false, route: true },
    guard: null,
    steps: STEPS,
  });
  client = createClient({ url: service.url, key: await admin.makeToken(ENVIRONMENT, 'server') });
  census = new Census(client, join(service.meshFolder, `${ENVIRONMENT}.checkout.yaml`), users);
  await client.ready();
  await startRollout(admin, 'A route alone');
  const { token } = await untilAt(admin, 'running', 1);
  await service.process.kill();
  // The SDK must be back before the next step, or it sees only the one after.
  await eventually(() => expect(client.status).toBe('stale'), 20_000);
  await service.process.start();
  await eventually(() => expect(client.status).toBe('ready'), 20_000);
  await promote(token);
  await untilAt(admin, 'completed');
  changes = await admin.history(ENVIRONMENT);
  await eventually(() => census.mesh(changes.at(-1)?.revision ?? 0), 20_000);
}, 90_000);

afterAll(async () => {
  census?.stop();
  await client?.close();
  await service?.stop();
}, 30_000);

/** A person's promotion, which has to wait while the step's table is being applied. */
async function promote(expectedPosition: string): Promise<void> {
  const input = { environment: ENVIRONMENT, key: ROLLOUT, expectedPosition, reason: 'Looks good' };
  await eventually(() => service.admin.do('promoteRollout', input), 20_000);
}

function routeAfter(kind: string, index = 0): unknown {
  const found = changes.filter(({ event }) => event?.kind === kind)[index];
  return found?.documents.find((document) => document.kind === 'route')?.after;
}

describe('a rollout of a route alone', () => {
  it('goes from employees over a share to everybody', () => {
    const revisions = changes.flatMap(({ event, revision }) => (event ? [revision] : []));
    const inside = revisions.map((revision) => census.mesh(revision));
    expect(changes.flatMap(({ event }) => event?.kind ?? [])).toEqual([
      'start',
      'step',
      'promote',
      'complete',
    ]);
    expect(inside[0]).toEqual(new Set(users.filter(({ employee }) => employee).map(({ id }) => id)));
    expect(inside[1]?.size).toBeGreaterThan(inside[0]?.size ?? 0);
    expect(inside[1]?.size).toBeLessThan(100);
    expect(inside[2]?.size).toBe(users.length);
    expect(inside[3]?.size).toBe(users.length);
  });

  it('goes on where it stood when the service was killed and started again', () => {
    expect(changes.map(({ revision }) => revision)).toEqual(changes.map((_, index) => index + 1));
    expect(client.status).toBe('ready');
  });

  it('lets weights decide for requests without a bucket, since no flag has to agree', () => {
    const [, split] = (routeAfter('step') as { rules: { serve: unknown }[] }).rules;
    expect(split?.serve).toMatchObject({
      split: {
        arms: [
          { version: 'v2', weight: 2_000 },
          { version: 'v1', weight: 8_000 },
        ],
        otherwise: 'weights',
      },
    });
  });

  it('makes the new version the default and leaves no rule behind', () => {
    expect(routeAfter('complete')).toMatchObject({ default: 'v2', rules: [] });
  });

  it('names the token that promoted', () => {
    const { actor, reason } = changes.find(({ event }) => event?.kind === 'promote') as Change;
    expect({ actor, reason }).toEqual({ actor: 'token:first-admin', reason: 'Looks good' });
  });
});
