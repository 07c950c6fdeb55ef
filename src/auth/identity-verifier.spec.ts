import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { type Identity, identitySchema } from '../domain/environment.js';
import { OutgoingCalls } from '../outgoing/outgoing-calls.js';
import { IdentityVerifier } from './identity-verifier.js';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

const NOW = Date.UTC(2026, 0, 1);
const SECONDS = NOW / 1_000;
const ISSUER = 'https://issuer.example.com';

let trusted: KeyPair;
let stranger: KeyPair;
let identity: Identity;

async function identityWith(over: object = {}): Promise<Identity> {
  const jwk = { ...(await exportJWK(trusted.publicKey)), kid: 'k1', alg: 'ES256' };
  return identitySchema.parse({
    issuer: ISSUER,
    audience: 'shop',
    algorithms: ['ES256'],
    jwks: { keys: [jwk] },
    pairs: [
      { attribute: 'groups', claim: ['groups'] },
      { attribute: 'level', claim: ['staff', 'level'] },
    ],
    ...over,
  });
}

const CLAIMS = { iss: ISSUER, aud: 'shop', exp: SECONDS + 60, groups: ['employees'], staff: { level: 3 } };

function sign(claims: JWTPayload, pair: KeyPair = trusted, header = {}): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header }).sign(pair.privateKey);
}

function unsigned(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}

beforeAll(async () => {
  [trusted, stranger] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  identity = await identityWith();
});

/** Where keys may be fetched from on this machine. */
const loopback = ['127.0.0.1:1'];
const verifier = (over: Partial<Identity> = {}) =>
  new IdentityVerifier({ ...identity, ...over }, () => NOW, new OutgoingCalls(loopback));

describe('IdentityVerifier', () => {
  it('turns the claims of a good token into verified attributes, by the pairs and no others', async () => {
    expect(await verifier().verify(await sign({ ...CLAIMS, admin: true }))).toEqual({
      verified: { groups: ['employees'], level: 3 },
      targetingKey: null,
    });
  });

  it('leaves attributes out whose claim is missing or only inherited', async () => {
    const pairs = [
      { attribute: 'groups', claim: ['groups'] },
      { attribute: 'odd', claim: ['constructor', 'name'] },
    ];
    const { groups: _, ...rest } = CLAIMS;
    expect(await verifier({ pairs }).verify(await sign(rest))).toEqual({ verified: {}, targetingKey: null });
  });

  it('accepts any audience where none is set', async () => {
    const outcome = await verifier({ audience: null }).verify(await sign({ ...CLAIMS, aud: 'x' }));
    expect(outcome).toHaveProperty('verified');
  });

  it.each<[string, () => Promise<string> | string, string]>([
    ['an unsigned token', () => unsigned(CLAIMS), 'algorithm'],
    ['a token signed by somebody else', () => sign(CLAIMS, stranger), 'signature'],
    ['a token of an unknown key', () => sign(CLAIMS, stranger, { kid: 'k9' }), 'signature'],
    ['an expired token', () => sign({ ...CLAIMS, exp: SECONDS - 1 }), 'expired'],
    ['a token that never expires', () => sign({ ...CLAIMS, exp: undefined }), 'expired'],
    ['a token of another issuer', () => sign({ ...CLAIMS, iss: 'https://other.example.com' }), 'issuer'],
    ['a token without issuer', () => sign({ ...CLAIMS, iss: undefined }), 'issuer'],
    ['a token for another audience', () => sign({ ...CLAIMS, aud: 'bank' }), 'audience'],
    ['a token that is not valid yet', () => sign({ ...CLAIMS, nbf: SECONDS + 30 }), 'not-yet-valid'],
    ['rubbish', () => 'rubbish', 'malformed'],
    ['an empty token', () => '', 'malformed'],
    ['a token of 16 KiB and more', () => 'a'.repeat(16_385), 'malformed'],
  ])('refuses %s', async (_, make, refused) => {
    expect(await verifier().verify(await make())).toEqual({ refused });
  });

  it('refuses an HMAC made with the public key', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(identity.jwks?.keys[0]));
    const token = await new SignJWT(CLAIMS).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(secret);
    expect(await verifier().verify(token)).toEqual({ refused: 'algorithm' });
  });

  it('refuses a token whose payload was changed after signing', async () => {
    const [head, , signature] = (await sign(CLAIMS)).split('.');
    const payload = Buffer.from(JSON.stringify({ ...CLAIMS, groups: ['admins'] })).toString('base64url');
    expect(await verifier().verify(`${head}.${payload}.${signature}`)).toEqual({ refused: 'signature' });
  });

  it('tries each key where none is named', async () => {
    const keys = await Promise.all(
      [stranger, trusted].map(async ({ publicKey }) => ({ ...(await exportJWK(publicKey)), alg: 'ES256' })),
    );
    const both = verifier({ jwks: { keys } });
    expect(await both.verify(await sign(CLAIMS, trusted, { kid: undefined }))).toHaveProperty('verified');
    const third = await generateKeyPair('ES256');
    expect(await both.verify(await sign(CLAIMS, third, { kid: undefined }))).toEqual({
      refused: 'signature',
    });
  });

  it('remembers a good token until it expires, and forgets bad ones', async () => {
    let now = NOW;
    const aging = new IdentityVerifier(identity, () => now);
    const good = await sign(CLAIMS);
    const bad = await sign(CLAIMS, stranger);
    expect(aging.peek(good)).toBeUndefined();
    const outcome = await aging.verify(good);
    await aging.verify(bad);
    expect(aging.peek(good)).toEqual(outcome);
    expect(aging.peek(bad)).toBeUndefined();
    now = NOW + 60_000;
    expect(aging.peek(good)).toBeUndefined();
    expect(await aging.verify(good)).toEqual({ refused: 'expired' });
  });

  it('refuses everything where there are no keys', async () => {
    expect(await verifier({ jwks: null }).verify(await sign(CLAIMS))).toEqual({
      refused: 'keys-unavailable',
    });
  });
});

describe('IdentityVerifier with the keys behind a URL', () => {
  let server: Server;
  let url: string;
  let answer: { status: number; body: string; location?: string };

  beforeAll(async () => {
    server = createServer((_, res) => {
      const headers = answer.location === undefined ? {} : { location: answer.location };
      res.writeHead(answer.status, { 'content-type': 'application/json', ...headers }).end(answer.body);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    loopback.push(`127.0.0.1:${port}`);
    url = `http://127.0.0.1:${port}/keys`;
  });
  afterAll(() => new Promise((done) => server.close(done)));

  it('fetches them', async () => {
    answer = { status: 200, body: JSON.stringify(identity.jwks) };
    const remote = verifier({ jwks: null, jwksUri: url });
    expect(await remote.verify(await sign(CLAIMS))).toHaveProperty('verified');
  });

  it.each([
    ['answers an error', { status: 500, body: '' }],
    ['answers nonsense', { status: 200, body: 'x' }],
    ['answers JSON that is no key set', { status: 200, body: '{"keys":7}' }],
    ['redirects', { status: 302, body: '', location: 'http://127.0.0.1:1/' }],
  ])('refuses with keys-unavailable when the issuer %s', async (_, given) => {
    answer = given;
    const remote = verifier({ jwks: null, jwksUri: url });
    expect(await remote.verify(await sign(CLAIMS))).toEqual({ refused: 'keys-unavailable' });
  });

  it('refuses with keys-unavailable, and never calls, an address that must not be reached', async () => {
    answer = { status: 200, body: JSON.stringify(identity.jwks) };
    const uri = url.replace('127.0.0.1', '127.0.0.2');
    const remote = verifier({ jwks: null, jwksUri: uri });
    expect(await remote.verify(await sign(CLAIMS))).toEqual({ refused: 'keys-unavailable' });
  });

  it('refuses with keys-unavailable when the issuer is away', async () => {
    const remote = verifier({ jwks: null, jwksUri: 'http://127.0.0.1:1/keys' });
    expect(await remote.verify(await sign(CLAIMS))).toEqual({ refused: 'keys-unavailable' });
  });
});
