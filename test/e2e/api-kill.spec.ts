import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api } from '../support/api.js';
import { ENVIRONMENT, FLAG, inProduction, ROUTE } from '../support/api-samples.js';
import { App } from '../support/app.js';
import { Redis } from '../support/redis.js';

let redis: Redis;
let app: App;
let api: Api;

/** A service that has lost all of one environment but not the one with the route. */
beforeAll(async () => {
  redis = await Redis.start();
  app = await App.start({ settings: { TIDEGATE_STORE: 'redis', TIDEGATE_REDIS_URL: redis.url } });
  await app.api().do('createEnvironment', { key: ENVIRONMENT });
  await app.api().do('createEnvironment', { key: 'staging' });
  await app.api().do('createFlag', inProduction(FLAG));
  await app.api().do('createRoute', inProduction(ROUTE));
  const keys = await redis.ask('KEYS', '*{staging}*');
  expect(keys).not.toBe('');
  await redis.ask('DEL', ...keys.split('\n'));
  await app.restart();
  api = app.api();
}, 60_000);

afterAll(async () => {
  await app?.stop();
  await redis?.stop();
});

describe('when another environment is lost', () => {
  it('a route can be closed and opened, and a flag turned off', async () => {
    const closed = await api.do('closeRoute', inProduction({ key: ROUTE.key, version: 'v1' }));
    expect(closed).toMatchObject({ route: { closed: 'v1' } });
    const opened = await api.do('openRoute', inProduction({ key: ROUTE.key }));
    expect(opened).toMatchObject({ route: { closed: null } });
    const off = await api.do('disableFlag', inProduction({ key: FLAG.key }));
    expect(off).toMatchObject({ flag: { enabled: false } });
  });

  it('a route can be closed among other changes', async () => {
    const route = await api.ask('route', inProduction({ key: ROUTE.key }));
    const value = Object.fromEntries(
      ['description', 'service', 'port', 'gateways', 'mesh', 'versions', 'salt', 'bucketBy', 'rules']
        .concat('default')
        .map((field) => [field, (route as Record<string, unknown>)[field]]),
    );
    const changes = [{ kind: 'route', key: ROUTE.key, value: { ...value, closed: 'v2' } }];
    expect(await api.mutate('applyChanges', inProduction({ changes }))).toMatchObject({ userErrors: [] });
    expect(await api.ask('route', inProduction({ key: ROUTE.key }))).toMatchObject({ closed: 'v2' });
  });

  it('a route gets no other place, for that may be taken there', async () => {
    const moved = { key: ROUTE.key, gateways: [{ name: 'infra/public', hosts: ['shop.example.com'] }] };
    await expect(api.mutate('updateRoute', inProduction(moved))).rejects.toThrow('STORE_LOST');
    const other = { ...ROUTE, key: 'other', service: 'other.shop.svc.cluster.local' };
    await expect(api.mutate('createRoute', inProduction(other))).rejects.toThrow('STORE_LOST');
  });
});
