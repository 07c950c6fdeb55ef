import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient } from '@tidegate/sdk';
import type { Segment } from '@tidegate/sdk/engine';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { register } from 'prom-client';
import { type Identity, identitySchema } from '../../src/domain/environment.js';
import { EvaluationApp } from './evaluation-app.js';
import { flag } from './flag.js';
import { openStore, type OpenStore } from './open-store.js';
import { until } from './until.js';

const ISSUER = 'https://issuer.example.com';
const PATH = '/ofrep/v1/evaluate/flags/new-checkout';
const EMPLOYEE = { groups: ['employees'] };

const employees: Segment = {
  key: 'employees',
  description: '',
  rules: [{ attribute: ['verified', 'groups'], operator: 'equals', value: 'employees' }],
  included: [],
  excluded: [],
};

const newCheckout = flag('new-checkout', {
  defaultVariant: 'off',
  rules: [
    {
      id: 'rollout:new-checkout:audience',
      condition: { operator: 'inSegment', value: 'employees' },
      serve: { variant: 'on' },
    },
  ],
});

async function counted(name: string, labels: Record<string, string>): Promise<number> {
  const { values } = (await register.getSingleMetric(name)?.get()) ?? { values: [] };
  const same = ({ labels: found }: { labels: object }): boolean =>
    Object.entries(labels).every(([label, value]) => (found as Record<string, unknown>)[label] === value);
  return values.find(same)?.value ?? 0;
}

describe('who is an employee', () => {
  let opened: OpenStore;
  let app: EvaluationApp;
  let trusted: Awaited<ReturnType<typeof generateKeyPair>>;
  let stranger: Awaited<ReturnType<typeof generateKeyPair>>;
  let identity: Identity;

  const soon = (): number => Math.floor(Date.now() / 1_000) + 600;
  const claims = (over: JWTPayload = {}): JWTPayload => ({
    iss: ISSUER,
    aud: 'shop',
    exp: soon(),
    sub: 'ann',
    ...EMPLOYEE,
    ...over,
  });
  const sign = (payload: JWTPayload, pair = trusted): Promise<string> =>
    new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(pair.privateKey);

  /** What somebody is served who sends this context, with this token in X-Tidegate-User-Token. */
  async function served(
    context: object,
    userToken: string | null = null,
    token = app.tokens.client,
  ): Promise<unknown> {
    const headers: Record<string, string> = userToken === null ? {} : { 'x-tidegate-user-token': userToken };
    const single = await app.ask(PATH, { body: { context }, token, headers });
    const bulk = await app.ask('/ofrep/v1/evaluate/flags', { body: { context }, token, headers });
    expect([single.status, bulk.status]).toEqual([200, 200]);
    const { value } = single.body as { value: unknown };
    expect(bulk.body).toMatchObject({ flags: [{ key: 'new-checkout', value }] });
    return value;
  }

  beforeAll(async () => {
    [trusted, stranger] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
    const jwk = { ...(await exportJWK(trusted.publicKey)), kid: 'k1', alg: 'RS256' };
    identity = identitySchema.parse({
      issuer: ISSUER,
      audience: 'shop',
      jwks: { keys: [jwk] },
      pairs: [{ attribute: 'groups', claim: ['groups'] }],
    });
    opened = await openStore();
    app = new EvaluationApp(opened.store);
    await app.begin();
    await app.load({ flags: [newCheckout], segments: [employees], routes: [] });
    await app.setIdentity(identity);
  });
  afterAll(async () => {
    await app.stop();
    await opened.close();
  });

  it('whoever has a good token', async () => {
    expect(await served({}, await sign(claims()))).toBe(true);
    expect(await served({}, await sign(claims({ groups: ['guests'] })))).toBe(false);
    expect(await served({}, await sign(claims()), app.tokens.server)).toBe(true);
  });

  it('whom a server token vouches for, over OFREP and in the SDK', async () => {
    expect(await served({ verified: EMPLOYEE }, null, app.tokens.server)).toBe(true);
    const client = createClient({ url: app.url, key: app.tokens.server });
    await client.ready();
    expect(client.boolean('new-checkout', { verified: EMPLOYEE }, false)).toBe(true);
    expect(client.boolean('new-checkout', { ...EMPLOYEE, targetingKey: 'ann' }, false)).toBe(false);
    await client.close();
  });

  it.each<[string, object]>([
    ['who says so in an attribute', { ...EMPLOYEE }],
    ['who says so in a dotted attribute', { 'verified.groups': ['employees'] }],
    [
      'who says so under __proto__',
      JSON.parse('{"__proto__":{"verified":{"groups":["employees"]}}}') as object,
    ],
    ['whose verified is a list', { verified: ['groups', 'employees'] }],
  ])('not one %s, even with a server token', async (_, context) => {
    expect(await served(context)).toBe(false);
    expect(await served(context, null, app.tokens.server)).toBe(false);
  });

  it('not one who sends verified with a client token, and that is counted', async () => {
    const labels = { environment: 'production' };
    const before = await counted('tidegate_verified_dropped_total', labels);
    expect(await served({ verified: EMPLOYEE })).toBe(false);
    expect(await counted('tidegate_verified_dropped_total', labels)).toBe(before + 2);
  });

  it.each<[string, () => Promise<string> | string, string]>([
    [
      'unsigned',
      () =>
        [{ alg: 'none' }, claims()]
          .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
          .join('.') + '.',
      'algorithm',
    ],
    ['signed by somebody else', () => sign(claims(), stranger), 'signature'],
    ['expired', () => sign(claims({ exp: 1_000_000_000 })), 'expired'],
    ['for another audience', () => sign(claims({ aud: 'bank' })), 'audience'],
    ['of another issuer', () => sign(claims({ iss: 'https://other.example.com' })), 'issuer'],
    ['no token at all', () => 'employees', 'malformed'],
  ])('not one whose token is %s: answered without verified, and counted', async (_, make, why) => {
    const token = await make();
    const labels = { environment: 'production', why };
    const before = await counted('tidegate_user_tokens_refused_total', labels);
    expect(await served({ verified: EMPLOYEE }, token)).toBe(false);
    expect(await served({ verified: EMPLOYEE }, token, app.tokens.server)).toBe(false);
    expect(await counted('tidegate_user_tokens_refused_total', labels)).toBe(before + 4);
  });

  it('not one who adds to what a good token proves', async () => {
    const guest = await sign(claims({ groups: ['guests'] }));
    expect(await served({ verified: EMPLOYEE }, guest)).toBe(false);
    expect(await served({ verified: EMPLOYEE }, guest, app.tokens.server)).toBe(false);
  });

  describe('when the identity setting changes', () => {
    let issuer: Server;
    let jwksUri: string;

    beforeAll(async () => {
      issuer = createServer((_, res) => res.end(JSON.stringify(identity.jwks)));
      await new Promise<void>((done) => issuer.listen(0, '127.0.0.1', done));
      const { port } = issuer.address() as AddressInfo;
      app.loopback.push(`127.0.0.1:${port}`);
      jwksUri = `http://127.0.0.1:${port}/keys`;
    });
    afterAll(() => new Promise((done) => issuer.close(done)));

    it('tokens are checked by the new one, remembered ones too', async () => {
      const token = await sign(claims());
      expect(await served({}, token)).toBe(true);
      await app.setIdentity({ ...identity, audience: 'other' });
      await until(async () => (await served({}, token)) === false);
      await app.setIdentity(null);
      const labels = { environment: 'production', why: 'not-configured' };
      await until(async () => {
        await served({}, token);
        return (await counted('tidegate_user_tokens_refused_total', labels)) > 0;
      });
      await app.setIdentity({ ...identity, jwks: null, jwksUri });
      await until(async () => (await served({}, token)) === true);
    });
  });
});
