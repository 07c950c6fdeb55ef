import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient, type TidegateClient } from '@tidegate/sdk';
import { join } from 'node:path';
import type { Change } from '../../src/schema.types.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { Issuer } from '../mesh/testbed/issuer.js';
import { Census, makeUsers } from '../support/census.js';
import {
  createCheckout,
  EMPLOYEE,
  ENVIRONMENT,
  FLAG,
  GUARD,
  ROLLOUT,
  startRollout,
  untilAt,
} from '../support/checkout.js';
import { Front } from '../support/front.js';
import type { MeshFile } from '../support/mesh-file.js';
import { askOfrep } from '../support/ofrep.js';
import { startPrometheus, type TestPrometheus } from '../support/prometheus.js';
import { Redis } from '../support/redis.js';
import { ServiceProcess } from '../support/service-process.js';
import { Shop } from '../support/shop.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const STEPS = [
  { audience: 'employees', hold: 2 },
  { weight: 5_000, hold: 2 },
  { weight: 20_000, hold: 4 },
  { weight: 50_000, hold: 2 },
  { weight: 100_000, hold: 1 },
];
const issuer = new Issuer('https://id.example.com', 'shop');
const otherIssuer = new Issuer('https://partner.example.com', 'shop');
const users = makeUsers(40, 400);
const employees = new Set(users.filter(({ employee }) => employee).map(({ id }) => id));
const everybody = new Set(users.map(({ id }) => id));

/** What each liar was answered, by OFREP and by the route, while only employees had the new arm. */
type Answers = Readonly<Record<string, unknown>>;

let redis: Redis;
let shop: Shop;
let prometheus: TestPrometheus;
let receiver: WebhookReceiver;
let service: ServiceProcess;
let client: TidegateClient;
let census: Census;
let front: Front;
let answers: Answers;
let refusal: unknown;
let changes: readonly Change[];

beforeAll(async () => {
  [redis, shop, receiver] = await Promise.all([Redis.start(), Shop.open(), WebhookReceiver.start()]);
  prometheus = await startPrometheus(shop.targets);
  service = await ServiceProcess.start({
    settings: {
      TIDEGATE_STORE: 'redis',
      TIDEGATE_REDIS_URL: redis.url,
      TIDEGATE_PROMETHEUS_URL: prometheus.url,
      TIDEGATE_OUTGOING_LOOPBACK: receiver.address,
    },
    env: { WEBHOOK_SECRET: receiver.secret },
  });
  const webhook = { address: receiver.address, secretRef: 'env:WEBHOOK_SECRET' };
  await createCheckout(service.admin, { issuer, webhook, steps: STEPS });
  client = createClient({ url: service.url, key: await service.admin.makeToken(ENVIRONMENT, 'server') });
  census = new Census(client, join(service.meshFolder, `${ENVIRONMENT}.checkout.yaml`), users);
  await client.ready();
  front = new Front(census, shop);
  await play();
}, 150_000);

afterAll(async () => {
  front?.stop();
  census?.stop();
  await client?.close();
  await service?.stop();
  await Promise.all([prometheus?.stop(), redis?.stop()]);
  receiver?.close();
  shop?.close();
}, 30_000);

/** The whole story; what it came to is told by the tests below. */
async function play(): Promise<void> {
  const { admin } = service;
  const clientToken = await admin.makeToken(ENVIRONMENT, 'client');
  const started = await startRollout(admin, 'Employees first');
  const written = await eventually(() => census.file(started), 20_000);
  answers = await tellLies(clientToken, written);
  await untilAt(admin, 'running', 2);
  shop.fail('v2', 1);
  await untilAt(admin, 'aborted');
  await toldOf('trip');
  shop.fail('v2', 0);
  refusal = await admin.mutate('startRollout', {
    environment: ENVIRONMENT,
    key: ROLLOUT,
    reason: 'Too soon',
  });
  await admin.do('resetGuard', {
    environment: ENVIRONMENT,
    key: GUARD,
    subject: `rollout/${ROLLOUT}`,
    reason: 'v2 is mended',
  });
  await startRollout(admin, 'Second try');
  await untilAt(admin, 'completed');
  await toldOf('complete');
  changes = await admin.history(ENVIRONMENT);
  const { revision = 0 } = changes.at(-1) ?? {};
  await eventually(() => census.mesh(revision), 20_000);
}

/** Waits until the webhook has told of an event of this kind. */
function toldOf(kind: string): Promise<void> {
  return eventually(() => {
    if (!receiver.deliveries.some(({ body }) => body['type'] === kind))
      throw new Error(`nobody told of the ${kind}`);
  }, 20_000);
}

async function tellLies(clientToken: string, written: MeshFile): Promise<Answers> {
  const liar = { targetingKey: strangerId() };
  const ask = async (context: object, userToken?: string): Promise<unknown> => {
    const { status, value } = await askOfrep(
      { url: service.url, token: clientToken, flag: FLAG },
      context,
      userToken,
    );
    return status === 200 ? value : status;
  };
  const gateway = (claims: object, headers: Record<string, string> = {}): string | undefined =>
    written.version('gateway', { headers, claims: { ...claims } });
  const own = { iss: issuer.issuer, aud: issuer.audience };
  return {
    'employee by a checked token': await ask(liar, issuer.token(EMPLOYEE)),
    'groups without verified, by OFREP': await ask({ ...liar, ...EMPLOYEE }),
    'groups without verified, by the SDK': client.boolean(FLAG, { ...liar, ...EMPLOYEE }, false),
    'verified with a client token': await ask({ ...liar, verified: EMPLOYEE }),
    'unsigned token': await ask(liar, issuer.token(EMPLOYEE, { algorithm: 'none' })),
    'wrongly signed token': await ask(liar, issuer.token(EMPLOYEE, { key: 'foreign' })),
    'expired token': await ask(liar, issuer.token(EMPLOYEE, { expiresIn: -60 })),
    'token for another audience': await ask(liar, issuer.token(EMPLOYEE, { audience: 'bank' })),
    'token of another issuer': await ask(liar, otherIssuer.token(EMPLOYEE)),
    'employee at the gateway': gateway({ ...own, ...EMPLOYEE }),
    'x-tg-s from outside, at the gateway': gateway({}, { 'x-tg-s': 'employees' }),
    'another issuer that the gateway trusts': gateway({ ...own, iss: otherIssuer.issuer, ...EMPLOYEE }),
    'another audience, at the gateway': gateway({ ...own, aud: 'bank', ...EMPLOYEE }),
  };
}

/** Somebody whose bucket no step before 100 % reaches. */
function strangerId(): string {
  for (let index = 0; ; index += 1) {
    const [, bucket] = client.routeHeaders({ targetingKey: `liar-${index}` })['x-tg-b'].split('=');
    if (Number(bucket) >= 9_000) return `liar-${index}`;
  }
}

/** The revisions of the events of one kind, in order. */
function revisionsOf(kind: string): readonly number[] {
  return changes.flatMap(({ event, revision }) => (event?.kind === kind ? [revision] : []));
}

function tripChange(): Change {
  const found = changes.find(({ event }) => event?.kind === 'trip');
  if (found === undefined) throw new Error('nothing tripped');
  return found;
}

describe('a rollout of a flag and a route together', () => {
  it('gives the new arm to employees only, in SDK and route alike', () => {
    const [start = 0] = revisionsOf('start');
    expect(census.sdk(start)).toEqual(employees);
    expect(census.mesh(start)).toEqual(employees);
  });

  it('believes a checked token, and no liar', () => {
    expect(answers).toEqual({
      'employee by a checked token': true,
      'groups without verified, by OFREP': false,
      'groups without verified, by the SDK': false,
      'verified with a client token': false,
      'unsigned token': false,
      'wrongly signed token': false,
      'expired token': false,
      'token for another audience': false,
      'token of another issuer': false,
      'employee at the gateway': 'v2',
      'x-tg-s from outside, at the gateway': 'v1',
      'another issuer that the gateway trusts': 'v1',
      'another audience, at the gateway': 'v1',
    });
  });

  it('lets the same users enter SDK and route with each step, and keeps who is in', () => {
    const steps = [
      ...revisionsOf('start').slice(1),
      ...revisionsOf('step').slice(2),
      ...revisionsOf('complete'),
    ];
    const inside = steps.map((revision) => census.sdk(revision));
    for (const [index, revision] of steps.entries()) {
      expect(census.mesh(revision)).toEqual(inside[index]);
      for (const id of inside[index - 1] ?? []) expect(inside[index]).toContain(id);
    }
    const [full, completed] = inside.slice(-2);
    const sizes = inside.slice(0, -1).map(({ size }) => size);
    expect(sizes).toEqual([...new Set(sizes)].toSorted((a, b) => a - b));
    expect(full).toEqual(everybody);
    expect(completed).toEqual(everybody);
  });

  it('lets the same users in when it is started again', () => {
    const [first = 0, second = 0] = revisionsOf('start');
    const steps = revisionsOf('step');
    expect(census.sdk(second)).toEqual(census.sdk(first));
    for (const index of [0, 1]) {
      expect(census.sdk(steps[index + 2] ?? 0)).toEqual(census.sdk(steps[index] ?? 0));
    }
  });

  it('is closed by the guard in one change: flag off, rules gone on both sides, everybody on the old arm', () => {
    const { revision, documents, actor, event } = tripChange();
    expect(actor).toBe(`guard:${GUARD}`);
    expect(documents.map(({ kind, key }) => `${kind}/${key}`).toSorted()).toEqual([
      `flag/${FLAG}`,
      'route/checkout',
    ]);
    const after = Object.fromEntries(documents.map(({ kind, after }) => [kind, after]));
    expect(after).toMatchObject({ flag: { enabled: false, rules: [] }, route: { rules: [], default: 'v1' } });
    expect(event).toMatchObject({
      subject: `guard/${GUARD}`,
      evidence: { of: `rollout/${ROLLOUT}`, action: 'disable', run: 1, step: 3 },
    });
    expect(census.sdk(revision)).toEqual(new Set());
    expect(census.mesh(revision)).toEqual(new Set());
  });

  it('tells in words and figures what the guard saw', () => {
    expect(tripChange().event?.evidence).toMatchObject({
      words: expect.stringMatching(/^errors .+ seen vs .+ expected, odds /),
      newBad: expect.any(Number),
      controlBad: 0,
    });
  });

  it('can’t start again while the guard is latched', () => {
    expect(refusal).toMatchObject({ userErrors: [{ code: 'GUARD_TRIPPED' }] });
  });

  it('writes each step as one change with actor and reason, and completes once mended', () => {
    const events = changes.filter(({ event }) => event != null);
    expect(events.map(({ event, actor }) => `${event?.kind} by ${actor}`)).toEqual([
      'start by token:first-admin',
      ...Array.from({ length: 2 }, () => `step by rollout:${ROLLOUT}`),
      `trip by guard:${GUARD}`,
      'reset by token:first-admin',
      'start by token:first-admin',
      ...Array.from({ length: 4 }, () => `step by rollout:${ROLLOUT}`),
      `complete by rollout:${ROLLOUT}`,
    ]);
    for (const { reason } of changes) expect(reason).not.toBe('');
    expect(changes.map(({ revision }) => revision)).toEqual(changes.map((_, index) => index + 1));
  });

  it('tells the webhook of every event, signed, under the id of the change', () => {
    expect(receiver.deliveries.every(({ genuine }) => genuine)).toBe(true);
    const told = new Map(receiver.deliveries.map(({ id, body }) => [id.split('.').at(-1), body['type']]));
    const events = changes.flatMap(({ event, revision }) => (event ? [[String(revision), event.kind]] : []));
    expect([...told]).toEqual(events);
  });

  it('writes no secret into its log', () => {
    const log = JSON.stringify(service.log());
    expect(log).not.toContain(receiver.secret.slice(6));
    expect(log).not.toMatch(/eyJ[\w-]+\.eyJ/);
  });
});
