import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { readConfig } from '../../src/config/config.js';
import { startService } from '../../src/service.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { createSamples, inProduction, ROLLOUT } from '../support/api-samples.js';
import { App } from '../support/app.js';
import { freePort } from '../support/free-port.js';

let app: App;

beforeAll(async () => {
  app = await App.start();
  await createSamples(app.api());
}, 60_000);

afterAll(() => app?.stop());

describe('the page to try GraphQL', () => {
  it('loads nothing from anywhere, and can not be framed', async () => {
    const response = await fetch(`${app.url}/try`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(await response.text()).not.toMatch(/(?:src|href)\s*=\s*["']?(?:https?:)?\/\//);
  });
});

describe("the page at the service's address", () => {
  it('says where everything is, and all of it is there', async () => {
    const response = await fetch(app.url);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    const places = [...(await response.text()).matchAll(/href="([^"]+)"/g)].map(([, path]) => path);
    expect(places).toEqual(expect.arrayContaining(['/try', '/graphql', '/healthz', '/readyz', '/metrics']));
    for (const place of places) {
      const there = await fetch(`${app.url}${place}`);
      await there.arrayBuffer();
      expect(there.status).not.toBe(404);
    }
  });
});

describe('every answer', () => {
  it.each(['/', '/try', '/healthz', '/readyz', '/metrics', '/nowhere', '/graphql'])(
    'of %s has the headers that keep browsers from guessing',
    async (path) => {
      const { headers } = await fetch(app.url + path);
      expect(Object.fromEntries(headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'cache-control': 'no-store',
      });
    },
  );
});

describe('/metrics', () => {
  const read = async (): Promise<string> => (await fetch(`${app.url}/metrics`)).text();

  it('tells of the process, and of what is counted', async () => {
    const text = await read();
    expect(text).toMatch(/^process_cpu_user_seconds_total [\d.]+$/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds [\d.e-]+$/m);
    expect(text).toContain('# TYPE tidegate_user_tokens_refused_total counter');
    expect(text).toMatch(/^tidegate_store_connected 1$/m);
  });

  it('tells where rollouts, routes and guards stand', async () => {
    await app.api().do('startRollout', inProduction({ key: ROLLOUT.key }));
    await eventually(async () => {
      const text = await read();
      expect(text).toContain('tidegate_rollouts{environment="production",state="running"} 1');
      expect(text).toContain('tidegate_routes{environment="production",state="applied"} 1');
      expect(text).toMatch(/tidegate_guards\{environment="production",state="[\w-]+"\} 1/);
    });
    const guard = 'environment="production",guard="[\\w-]+",subject="rollout/[\\w-]+"';
    await eventually(async () => {
      const text = await read();
      expect(text).toMatch(new RegExp(`^tidegate_guard_state\\{${guard},state="[\\w-]+"\\} 1$`, 'm'));
      expect(text).toMatch(new RegExp(`^tidegate_guard_windows\\{${guard}\\} \\d+$`, 'm'));
    });
    await app.api().do('abortRollout', inProduction({ key: ROLLOUT.key }));
    expect(await read()).toContain('tidegate_rollouts{environment="production",state="aborted"} 1');
    expect(await read()).not.toContain('state="running"');
  });
});

describe('/readyz', () => {
  it('is 200 once all is up', async () => {
    const response = await fetch(`${app.url}/readyz`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'ready' }]);
  });

  it('says why it is not ready while its store can not be reached, and nobody is let in', async () => {
    const config = readConfig({
      TIDEGATE_PORT: '0',
      TIDEGATE_STORE: 'redis',
      TIDEGATE_REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
    });
    const service = await startService(config, pino({ level: 'silent' }), () => undefined);
    try {
      const response = await fetch(`${service.url}/readyz`);
      expect(response.status).toBe(503);
      expect(await response.json()).toEqual({
        status: 'not ready',
        code: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(/^Starting/),
      });
      expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
      expect((await fetch(`${service.url}/metrics`)).status).toBe(200);
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${app.token}` };
      const asked = { method: 'POST', headers, body: '{"query":"{ environments { key } }"}' };
      expect((await fetch(`${service.url}/graphql`, asked)).status).toBe(401);
    } finally {
      await service.close();
    }
  });
});
