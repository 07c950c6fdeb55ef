import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bucket } from '@tidegate/sdk/engine';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { EdgeServer } from '../../src/edge/edge-server.js';
import type { Api, Arguments } from '../support/api.js';
import { App } from '../support/app.js';
import { EdgeClient } from '../support/edge-client.js';
import { until } from './until.js';

const ISSUER = 'https://id.example.com';
const HOST = 'shop.example.com';
const EMPTY = { 'x-tg-b': '', 'x-tg-s': '', 'x-tg-k': '' };
const FORGED = { 'x-tg-b': 'checkout=0001', 'x-tg-s': 'employees', 'x-tg-k': 'somebody' };

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

let app: App;
let admin: Api;
let edge: EdgeClient;
let keys: Server;
let keyUrl: string;
let keysAnswer: () => { readonly status: number; readonly body: string };
let trusted: KeyPair;
let stranger: KeyPair;

const seconds = (): number => Math.floor(Date.now() / 1_000);
const EMPLOYEE = { sub: 'erin', groups: ['staff', 'employees'], account: { id: 'acme' } };
const CUSTOMER = { sub: 'carl', groups: ['customers'], account: { id: 'best' } };

async function jwks(...pairs: readonly KeyPair[]): Promise<string> {
  const public_ = pairs.map(async ({ publicKey }, at) => ({
    ...(await exportJWK(publicKey)),
    kid: `k${at}`,
    alg: 'ES256',
  }));
  return JSON.stringify({ keys: await Promise.all(public_) });
}

function sign(claims: JWTPayload, pair = trusted, kid = 'k0'): Promise<string> {
  return new SignJWT({ iss: ISSUER, aud: 'shop', exp: seconds() + 600, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid })
    .sign(pair.privateKey);
}

const bearer = async (claims: JWTPayload, pair?: KeyPair): Promise<{ authorization: string }> => ({
  authorization: `Bearer ${await sign(claims, pair)}`,
});

const four = (salt: string, key: string): string => String(bucket(salt, key, 10_000)).padStart(4, '0');

function identity(over: Arguments = {}): Arguments {
  return {
    issuer: ISSUER,
    audience: 'shop',
    algorithms: ['ES256'],
    jwksUri: keyUrl,
    pairs: [
      { attribute: 'groups', claim: ['groups'] },
      { attribute: 'account', claim: ['account', 'id'] },
    ],
    cookie: 'session',
    ...over,
  };
}

async function setIdentity(over: Arguments = {}, environment = 'production'): Promise<void> {
  await admin.do('setIdentity', { environment, identity: identity(over) });
}

function route(key: string, over: Arguments = {}): Arguments {
  return {
    environment: 'production',
    key,
    service: `${key}.shop.svc.cluster.local`,
    gateways: [{ name: 'shop/public', hosts: [HOST] }],
    versions: { v1: { version: 'v1' }, v2: { version: 'v2' } },
    salt: `salt-${key}`,
    default: 'v1',
    ...over,
  };
}

const halves = {
  id: 'halves',
  condition: { all: [] },
  serve: {
    split: {
      arms: [
        { version: 'v2', weight: 5_000 },
        { version: 'v1', weight: 5_000 },
      ],
    },
  },
};

const inSegment = (value: string) => [
  { id: value, condition: { operator: 'inSegment', value }, serve: { version: 'v2' } },
];

beforeAll(async () => {
  [trusted, stranger] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  const good = await jwks(trusted);
  keysAnswer = () => ({ status: 200, body: good });
  keys = createServer((_, res) => {
    const { status, body } = keysAnswer();
    res.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((done) => keys.listen(0, '127.0.0.1', done));
  const { port } = keys.address() as AddressInfo;
  keyUrl = `http://127.0.0.1:${port}/keys`;
  app = await App.start({
    settings: { TIDEGATE_EDGE_PORT: '0', TIDEGATE_OUTGOING_LOOPBACK: `127.0.0.1:${port}` },
  });
  admin = app.api();
  await admin.do('createEnvironment', { key: 'production' });
  await setIdentity();
  const is = (group: string) => [{ attribute: ['verified', 'groups'], operator: 'equals', value: group }];
  await admin.do('createSegment', { environment: 'production', key: 'employees', rules: is('employees') });
  await admin.do('createSegment', { environment: 'production', key: 'customers', rules: is('customers') });
  const beta = [{ not: { attribute: ['beta'], operator: 'equals', value: false } }];
  await admin.do('createSegment', { environment: 'production', key: 'beta', rules: beta });
  await admin.do('createRoute', route('checkout', { rules: inSegment('employees') }));
  await admin.do(
    'createRoute',
    route('accounts', {
      bucketBy: ['verified', 'account'],
      gateways: [{ name: 'shop/inner', hosts: [HOST] }],
    }),
  );
  await admin.do(
    'createRoute',
    route('search', { gateways: [{ name: 'shop/public', hosts: ['*.example.com'] }] }),
  );
  await admin.do(
    'createRoute',
    route('inner', { gateways: [], rules: [...inSegment('customers'), ...inSegment('beta')] }),
  );
  await admin.do('createRoute', route('deep', { gateways: [], rules: [halves] }));
  await admin.do(
    'createRoute',
    route('other', { gateways: [{ name: 'shop/public', hosts: ['other.example.org'] }] }),
  );
  edge = new EdgeClient(app.service.app.get(EdgeServer).port);
  await until(async () =>
    (await edge.check(HOST, await bearer(EMPLOYEE))).headers['x-tg-b']?.includes('search='),
  );
});

afterAll(async () => {
  edge.close();
  await app.stop();
  keys.close();
});

const all = (key: string, account: string): string =>
  `accounts=${four('salt-accounts', account)},checkout=${four('salt-checkout', key)},deep=${four('salt-deep', key)},search=${four('salt-search', key)}`;

describe('the edge', () => {
  it('is healthy', async () => {
    expect(await edge.health()).toBe('SERVING');
  });

  it.each([
    [
      'an employee',
      EMPLOYEE,
      { 'x-tg-b': () => all('erin', 'acme'), 'x-tg-s': 'employees', 'x-tg-k': 'erin' },
    ],
    [
      'a customer',
      CUSTOMER,
      { 'x-tg-b': () => all('carl', 'best'), 'x-tg-s': 'customers', 'x-tg-k': 'carl' },
    ],
  ])(
    'tells %s apart by his token: the buckets of the routes of the host, and the segments',
    async (_, claims, expected) => {
      const wanted = { ...expected, 'x-tg-b': expected['x-tg-b']() };
      const first = await edge.check(HOST, await bearer(claims));
      expect(first).toEqual({ code: 0, headers: wanted, cookies: [] });
      const token = await bearer(claims);
      expect((await edge.check(HOST, token)).headers).toEqual(wanted);
      expect((await edge.check(HOST, token)).headers).toEqual(wanted);
    },
  );

  it('finds the token in the cookie that the identity setting names, too', async () => {
    const cookie = `a=b; session=${await sign(EMPLOYEE)}; c=d`;
    expect((await edge.check(HOST, { cookie })).headers['x-tg-k']).toBe('erin');
    expect((await edge.check(HOST, { cookie: cookie.replace('session', 'xsession') })).headers).toEqual(
      EMPTY,
    );
  });

  it.each<[string, () => Promise<string> | string]>([
    ['signed by somebody else', () => sign(EMPLOYEE, stranger)],
    ['expired', () => sign({ ...EMPLOYEE, exp: seconds() - 5 })],
    ['of another issuer', () => sign({ ...EMPLOYEE, iss: 'https://evil.example.com' })],
    ['for another audience', () => sign({ ...EMPLOYEE, aud: 'bank' })],
    ['that is rubbish', () => 'rubbish'],
  ])('takes a user with a token %s for nobody, and lets him pass', async (_, token) => {
    const answer = await edge.check(HOST, { authorization: `Bearer ${await token()}`, ...FORGED });
    expect(answer).toEqual({ code: 0, headers: EMPTY, cookies: [] });
  });

  it('says nothing of who sends no token, whatever he sends himself', async () => {
    expect((await edge.check(HOST, FORGED)).headers).toEqual(EMPTY);
  });

  it('says nothing for a host that no route has', async () => {
    expect((await edge.check('example.org', await bearer(EMPLOYEE))).headers).toEqual(EMPTY);
  });

  it.each(['SHOP.example.com:8443', 'shop.example.com.'])('knows the host %s', async (host) => {
    expect((await edge.check(host, await bearer(EMPLOYEE))).headers['x-tg-b']).toBe(all('erin', 'acme'));
  });

  it('knows hosts by wildcards', async () => {
    const { headers } = await edge.check('a.b.example.com', await bearer(EMPLOYEE));
    expect(headers['x-tg-b']).toBe(`deep=${four('salt-deep', 'erin')},search=${four('salt-search', 'erin')}`);
    expect((await edge.check('example.com', await bearer(EMPLOYEE))).headers).toEqual(EMPTY);
  });

  it('encodes a targeting key that no header could hold', async () => {
    const { headers } = await edge.check(HOST, await bearer({ ...EMPLOYEE, sub: 'Zoë, 1%\r\nx: y' }));
    expect(headers['x-tg-k']).toBe('Zo%C3%AB%2C%201%25%0D%0Ax%3A%20y');
    expect(headers['x-tg-b']).toContain(`checkout=${four('salt-checkout', 'Zoë, 1%\r\nx: y')}`);
  });

  it('gives the same bucket as the engine to 10,000 users', async () => {
    const users = Array.from({ length: 10_000 }, (_, index) => `user-${index}-${'é'.repeat(index % 3)}`);
    const tokens = await Promise.all(users.map((sub) => bearer({ ...EMPLOYEE, sub })));
    const wrong: string[] = [];
    for (let at = 0; at < users.length; at += 20) {
      const answers = await Promise.all(tokens.slice(at, at + 20).map((token) => edge.check(HOST, token)));
      answers.forEach(({ headers }, index) => {
        const user = users[at + index] ?? '';
        if (headers['x-tg-b'] !== all(user, 'acme')) wrong.push(`${user}: ${headers['x-tg-b']}`);
      });
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  it('counts what it decides', async () => {
    const text = await (await fetch(`${app.url}/metrics`)).text();
    expect(text).toMatch(/tidegate_edge_decisions_total\{outcome="user"\} [1-9]/);
    expect(text).toMatch(/tidegate_edge_decisions_total\{outcome="nobody"\} [1-9]/);
    expect(text).toMatch(/tidegate_edge_decisions_total\{outcome="no-host"\} [1-9]/);
    expect(text).toMatch(/tidegate_edge_tokens_total\{outcome="remembered"\} [1-9]/);
    expect(text).toMatch(/tidegate_edge_tokens_total\{outcome="audience"\} [1-9]/);
    expect(text).toMatch(/tidegate_edge_decision_seconds_count [1-9]/);
  });

  describe('when the identity setting changes', () => {
    it('forgets the tokens that it has checked', async () => {
      const token = await bearer(EMPLOYEE);
      expect((await edge.check(HOST, token)).headers['x-tg-k']).toBe('erin');
      await setIdentity({ audience: 'other' });
      await until(async () => (await edge.check(HOST, token)).headers['x-tg-k'] === '');
      await setIdentity({ targetingKey: ['account', 'id'] });
      await until(async () => (await edge.check(HOST, token)).headers['x-tg-k'] === 'acme');
      await setIdentity();
      await until(async () => (await edge.check(HOST, token)).headers['x-tg-k'] === 'erin');
    });

    it('takes everybody for nobody where the keys can not be fetched, and lets them pass', async () => {
      const answering = keysAnswer;
      keysAnswer = () => ({ status: 500, body: '' });
      await setIdentity({ jwksUri: `${keyUrl}?down` });
      const token = await bearer(EMPLOYEE);
      await until(async () => (await edge.check(HOST, token)).headers['x-tg-k'] === '');
      expect(await edge.check(HOST, token)).toEqual({ code: 0, headers: EMPTY, cookies: [] });
      keysAnswer = answering;
      await setIdentity();
      await until(async () => (await edge.check(HOST, token)).headers['x-tg-k'] === 'erin');
    });
  });

  it('decides nothing for a host that two environments list', async () => {
    await admin.do('createEnvironment', { key: 'staging' });
    await setIdentity({}, 'staging');
    const gateways = [{ name: 'shop/inner', hosts: ['other.example.org'] }];
    await admin.do('createRoute', route('twin', { environment: 'staging', gateways }));
    const token = await bearer(EMPLOYEE);
    await until(async () => (await edge.check('other.example.org', token)).headers['x-tg-b'] === '');
    expect(app.logged.some((line) => line.includes('other.example.org'))).toBe(true);
    await admin.do('deleteRoute', { environment: 'staging', key: 'twin' });
    await until(async () => (await edge.check('other.example.org', token)).headers['x-tg-b'] !== '');
  });
});
