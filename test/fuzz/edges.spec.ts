import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import fc from 'fast-check';
import { inputs, SEED } from './budget.js';
import { mutateBytes } from './byte-mutator.js';
import { mutateJson, ODD_VALUES } from './json-mutator.js';
import { Random } from './random.js';
import { type Reply, type Sent, Victim } from './victim.js';

const FLAGS = '/ofrep/v1/evaluate/flags';
const EVENTS = '/api/v1/events';
const CONTEXT = {
  context: {
    targetingKey: 'user-1',
    verified: { groups: ['employees'] },
    age: 30,
    tags: ['a'],
    app: { os: 'x' },
  },
};
const BATCH = {
  client: 'client-0001',
  sequence: 1,
  counts: [
    { flag: 'new-checkout', rule: null, variant: 'on', event: 'exposures', count: 1, sum: 1 },
    { flag: 'new-checkout', rule: null, variant: 'off', event: 'checkout-failed', count: 2, sum: 0.5 },
  ],
};
/** Growth of the heap, bytes, that no leak worth the name stays under. */
const GROWTH = 24 * 1_048_576;

const random = new Random(SEED + 3);
const declared = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
  readonly paths: Readonly<Record<string, { readonly post?: { readonly responses: object } }>>;
};
let victim: Victim;

beforeAll(async () => {
  victim = await Victim.start();
});
afterAll(() => victim?.stop());

function token(): Record<string, string> {
  const bearer = random.chance(0.97) ? random.one([victim.serverToken, victim.clientToken]) : 'tg_server_x';
  return random.chance(0.9) ? { authorization: `Bearer ${bearer}` } : { 'x-api-key': bearer };
}

/** A good body mutated as JSON or as bytes, or any JSON at all. */
function bodyFrom(good: unknown): Buffer {
  if (random.chance(0.5)) return Buffer.from(JSON.stringify(mutateJson(good, random)));
  if (random.chance(0.9)) return mutateBytes(Buffer.from(JSON.stringify(good)), random);
  return Buffer.from(fc.sample(fc.json(), { numRuns: 1, seed: random.below(2 ** 31) })[0] ?? '');
}

function ofrep(): Sent {
  const key = random.chance(0.5) ? 'new-checkout' : String(random.one(ODD_VALUES));
  const path = random.chance(0.3)
    ? FLAGS
    : `${FLAGS}/${encodeURIComponent(key.replace(/\p{Surrogate}/gu, '�')).slice(0, 4_000)}`;
  const tag: Record<string, string> = random.chance(0.2)
    ? { 'if-none-match': random.one(['"x"', '*', 'W/"', ',']) }
    : {};
  return {
    method: 'POST',
    path,
    headers: { ...token(), ...tag, 'content-type': 'application/json' },
    body: bodyFrom(CONTEXT),
  };
}

function events(): Sent {
  const batch = { ...BATCH, client: `client-${random.below(20)}-fuzz`, sequence: 1 + random.below(1_000) };
  return {
    method: 'POST',
    path: EVENTS,
    headers: { ...token(), 'content-type': 'application/json' },
    body: bodyFrom(batch),
  };
}

/** The statuses that the published contract has for a path. */
function statuses(path: string): readonly string[] {
  const whole = path.replace(/\/$/, '');
  const known = whole === EVENTS || whole === FLAGS ? whole : `${FLAGS}/{key}`;
  return Object.keys(declared.paths[known]?.post?.responses ?? {});
}

function checkDeclared({ path }: Sent, { status, text }: Reply): void {
  expect(status).toBeLessThan(500);
  expect(statuses(path)).toContain(String(status));
  if (status !== 304) JSON.parse(text);
}

/** Sends a tenth to warm up, and asserts that the rest leaves nothing behind on the heap. */
async function sendFlat(count: number, make: () => Sent): Promise<void> {
  await victim.send(Math.ceil(count / 10), make, checkDeclared);
  const before = await victim.heapUsed();
  await victim.send(count, make, checkDeclared);
  expect((await victim.heapUsed()) - before).toBeLessThan(GROWTH);
  expect(await victim.health()).toEqual({ ready: 200, faults: [] });
}

describe('whatever is sent', () => {
  it('to OFREP is answered as the contract says, and leaves nothing behind', () =>
    sendFlat(inputs(0.1), ofrep));

  it('to the intake of events is answered as the contract says, and leaves nothing behind', () =>
    sendFlat(inputs(0.05), events));

  it('to the port, HTTP or not, is answered below 500 or not at all', async () => {
    const good = Buffer.from(
      `POST ${FLAGS} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${victim.serverToken}\r\n` +
        'content-type: application/json\r\ncontent-length: 14\r\nconnection: close\r\n\r\n{"context":{}}',
    );
    for (let left = inputs(0.005); left > 0; left -= 1) {
      const sent = mutateBytes(good, random);
      const said = await converse(sent);
      if (said !== '' && !/^HTTP\/1\.1 [234]\d\d /.test(said))
        throw new Error(`${JSON.stringify(sent.toString('latin1'))} was answered ${said}`);
    }
    expect(await victim.health()).toEqual({ ready: 200, faults: [] });
  });
});

/** Sends bytes on a socket of their own and ends it; what came back. */
function converse(bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection(Number(new URL(victim.service.url).port), '127.0.0.1');
    let said = '';
    socket.on('data', (piece: Buffer) => (said += piece.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(said));
    socket.end(bytes);
  });
}
