import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { App } from '../support/app.js';
import { overEvents, overWebSocket } from '../support/subscriber.js';

let app: App;
const secrets: Record<string, string> = {};

beforeAll(async () => {
  app = await App.start({
    settings: {
      TIDEGATE_RATE_API: '2',
      TIDEGATE_RATE_EVALUATION: '2',
      TIDEGATE_RATE_STREAMS: '1',
      TIDEGATE_RATE_FAILURES: '5',
    },
  });
  const api = app.api();
  await api.do('createEnvironment', { key: 'production' });
  for (const [key, input] of Object.entries({
    server: { kind: 'server', environments: ['production'] },
    other: { kind: 'server', environments: ['production'] },
    viewer: { kind: 'admin', role: 'viewer' },
  }))
    secrets[key] = String((await api.do('createToken', { key, ...input })).secret);
}, 60_000);

afterAll(() => app?.stop());

function list(token: string): Promise<Response> {
  return fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: '{"query":"{ environments { key } }"}',
  });
}

function evaluate(token: string, path = '/ofrep/v1/evaluate/flags', body = '{}'): Promise<Response> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  return fetch(app.url + path, { method: 'POST', headers, body });
}

/** Asks until it is told to wait; fails where it never is. */
async function untilRefused(ask: () => Promise<Response>): Promise<Response> {
  for (let attempt = 0; attempt < 2_000; attempt += 1) {
    const response = await ask();
    if (response.status === 429) return response;
    await response.text();
  }
  throw new Error('it was never refused');
}

/** Waits as long as it was told to, and asks again. */
async function afterWaiting(refused: Response, ask: () => Promise<Response>): Promise<number> {
  const seconds = Number(refused.headers.get('retry-after'));
  expect(seconds).toBeGreaterThanOrEqual(1);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  return (await ask()).status;
}

describe('a token that asks too often', () => {
  it('is told by the admin API what it has left, then to wait, then served again', async () => {
    const viewer = String(secrets['viewer']);
    const first = await list(viewer);
    expect(first.status).toBe(200);
    expect(first.headers.get('ratelimit-limit')).toBe('20');
    expect(Number(first.headers.get('ratelimit-remaining'))).toBeLessThan(20);
    const refused = await untilRefused(() => list(viewer));
    expect(await refused.json()).toMatchObject({
      data: null,
      errors: [{ extensions: { code: 'RATE_LIMITED' } }],
    });
    expect(refused.headers.get('ratelimit-remaining')).toBe('0');
    expect(Number(refused.headers.get('ratelimit-reset'))).toBeGreaterThan(0);
    expect(await afterWaiting(refused, () => list(viewer))).toBe(200);
  });

  it('is told so by OFREP and by the intake of events, in their words, and another token is not', async () => {
    const server = String(secrets['server']);
    const refused = await untilRefused(() => evaluate(server));
    expect(await refused.json()).toMatchObject({ errorCode: 'GENERAL' });
    const events = await untilRefused(() => evaluate(server, '/api/v1/events'));
    expect(await events.json()).toMatchObject({ errorCode: 'RATE_LIMITED' });
    expect((await evaluate(String(secrets['other']))).status).toBe(200);
    expect(await afterWaiting(events, () => evaluate(server))).toBe(200);
  });

  it('opens no more streams', async () => {
    const controller = new AbortController();
    const open = (): Promise<Response> =>
      fetch(`${app.url}/api/v1/stream`, {
        headers: { authorization: `Bearer ${secrets['other']}` },
        signal: controller.signal,
      });
    const streams: Response[] = [];
    while (streams.at(-1)?.status !== 429 && streams.length < 1_000) {
      streams.push(await open());
      // what is left for requests is used up sooner than what is left for streams, unless we wait
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(streams.at(-1)?.status).toBe(429);
    expect(streams.at(-1)?.headers.get('retry-after')).toBe('1');
    controller.abort();
  });

  it.each([
    ['server-sent events', overEvents],
    ['WebSocket', overWebSocket],
  ])('opens no more subscriptions over %s', async (_, transport) => {
    const query = 'subscription { changes(environment: "production") { kind } }';
    const codes: (string | undefined)[] = [];
    while (!codes.includes('RATE_LIMITED') && codes.length < 200) {
      const subscriber = await transport({ url: app.url, token: app.token, query });
      codes.push((await subscriber.next()).errors?.[0]?.extensions?.code);
      subscriber.close();
    }
    expect(codes).toContain('RATE_LIMITED');
  });
});

describe('an address that knows no token', () => {
  it('is told to wait after some attempts, everywhere, while known tokens are let in', async () => {
    const refused = await untilRefused(() => list('unknown'));
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect((await untilRefused(() => evaluate('unknown'))).headers.get('retry-after')).not.toBeNull();
    expect((await evaluate(String(secrets['other']))).status).not.toBe(401);
  });
});
