import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { identitySchema } from '../domain/environment.js';
import { OutgoingCalls } from '../outgoing/outgoing-calls.js';
import { until } from '../../test/e2e/until.js';
import { IdentityVerifier } from './identity-verifier.js';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

const ISSUER = 'https://issuer.example.com';
const MINUTE = 60_000;

let server: Server;
let address: string;
let first: KeyPair;
let second: KeyPair;
let published: readonly { readonly kid: string; readonly pair: KeyPair }[];
let away: boolean;
let asked: number;
let now: number;

async function answer(): Promise<string> {
  const keys = published.map(async ({ kid, pair }) => ({
    ...(await exportJWK(pair.publicKey)),
    kid,
    alg: 'ES256',
  }));
  return JSON.stringify({ keys: await Promise.all(keys) });
}

beforeAll(async () => {
  [first, second] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  server = createServer((_, res) => {
    asked += 1;
    if (away) res.writeHead(500).end();
    else void answer().then((body) => res.end(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

beforeEach(() => {
  published = [{ kid: 'k1', pair: first }];
  away = false;
  asked = 0;
  now = Date.now();
});

afterAll(() => new Promise((done) => server.close(done)));

function verifier(): IdentityVerifier {
  const identity = identitySchema.parse({
    issuer: ISSUER,
    algorithms: ['ES256'],
    jwksUri: `http://${address}/keys`,
    targetingKey: ['account', 'id'],
  });
  return new IdentityVerifier(identity, () => now, new OutgoingCalls([address]));
}

function sign(pair: KeyPair, kid: string): Promise<string> {
  const exp = Math.floor(now / 1_000) + 86_400;
  return new SignJWT({ iss: ISSUER, exp, account: { id: 'acme' } })
    .setProtectedHeader({ alg: 'ES256', kid })
    .sign(pair.privateKey);
}

const PROOF = { verified: {}, targetingKey: 'acme' };

describe('the keys of an issuer', () => {
  it('are fetched before the first user comes, and not again for each', async () => {
    const verifies = verifier();
    await verifies.warm();
    expect(await verifies.verify(await sign(first, 'k1'))).toEqual(PROOF);
    expect(await verifies.verify(await sign(first, 'k1'))).toEqual(PROOF);
    expect(asked).toBe(1);
  });

  it('serve on while the issuer does not answer', async () => {
    const verifies = verifier();
    await verifies.warm();
    away = true;
    now += 10 * MINUTE;
    expect(await verifies.verify(await sign(first, 'k1'))).toEqual(PROOF);
    await until(() => asked >= 2);
    expect(await verifies.verify(await sign(first, 'k1'))).toEqual(PROOF);
  });

  it('are asked for in growing intervals, and not for each token, while the issuer has never answered', async () => {
    const verifies = verifier();
    away = true;
    await verifies.warm();
    const token = await sign(first, 'k1');
    const refused = { refused: 'keys-unavailable' };
    const tries: number[] = [];
    for (let second = 0; second < 60; second++) {
      const before = asked;
      const answers = await Promise.all([verifies.verify(token), verifies.verify(token)]);
      expect(answers).toEqual([refused, refused]);
      if (asked > before) tries.push(second);
      now += 1_000;
    }
    expect(tries).toEqual([1, 3, 7, 15, 25, 35, 45, 55]);
    expect(asked).toBe(1 + tries.length);
    away = false;
    now += 10_000;
    expect(await verifies.verify(token)).toEqual(PROOF);
  });

  it('that were taken away take with them what was proved by them', async () => {
    const verifies = verifier();
    await verifies.warm();
    const token = await sign(first, 'k1');
    await verifies.verify(token);
    expect(verifies.peek(token)).toEqual(PROOF);
    published = [{ kid: 'k2', pair: second }];
    now += 6 * MINUTE;
    await until(() => verifies.peek(token) === undefined);
    expect(await verifies.verify(token)).toEqual({ refused: 'signature' });
    expect(await verifies.verify(await sign(second, 'k2'))).toEqual(PROOF);
  });
});
