import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient, type TidegateClient } from '@tidegate/sdk';
import type { Api } from '../support/api.js';
import { ENVIRONMENT, inProduction } from '../support/api-samples.js';
import { App } from '../support/app.js';
import { askOfrep } from '../support/ofrep.js';
import { until } from './until.js';

let app: App;
let api: Api;
let client: TidegateClient;
let secret: string;

beforeAll(async () => {
  app = await App.start();
  api = app.api();
  await api.do('createEnvironment', { key: ENVIRONMENT });
  await api.do('createFlag', inProduction({ key: 'banner', enabled: true, defaultVariant: 'on' }));
  await api.do('createFlag', inProduction({ key: 'other' }));
  const token = await api.do('createToken', { key: 'sdk', kind: 'server', environments: [ENVIRONMENT] });
  secret = String(token['secret']);
  client = createClient({ url: app.url, key: secret });
  await client.ready();
}, 60_000);

afterAll(async () => {
  await client?.close();
  await app?.stop();
});

const ofrep = () => askOfrep({ url: app.url, token: secret, flag: 'banner' }, { targetingKey: 'ann' });
const keys = async (filter: object): Promise<string[]> => {
  const { edges } = await api.ask<{ edges: { node: { key: string } }[] }>('flags', inProduction({ filter }));
  return edges.map(({ node }) => node.key);
};

// In the order written: each part stands on those before it.
describe('an archived flag', () => {
  it('is served before', async () => {
    expect(client.boolean('banner', { targetingKey: 'ann' }, false)).toBe(true);
    expect(await ofrep()).toMatchObject({ status: 200, value: true });
  });

  it('answers the caller’s default in an SDK that was connected, and is not found by OFREP', async () => {
    await api.do('archiveFlag', inProduction({ key: 'banner' }));
    await until(() => !client.boolean('banner', { targetingKey: 'ann' }, false));
    expect(client.details('banner', { targetingKey: 'ann' }, true)).toMatchObject({
      value: true,
      errorCode: 'FLAG_NOT_FOUND',
    });
    expect(await ofrep()).toMatchObject({ status: 404, errorCode: 'FLAG_NOT_FOUND' });
  });

  it('is left out of lists unless they are asked for it', async () => {
    expect(await keys({})).toEqual(['other']);
    expect(await keys({ archived: true })).toEqual(['banner']);
  });

  it('keeps its key and its history', async () => {
    expect(await api.mutate('createFlag', inProduction({ key: 'banner' }))).toMatchObject({
      userErrors: [{ field: 'key', code: 'DUPLICATE_KEY' }],
    });
    const { changes } = await api.ask<{ changes: object[] }>(
      'history',
      inProduction({ document: 'flag/banner' }),
    );
    expect(changes).toHaveLength(2);
  });

  it('is as it was once it is restored, also after a restart', async () => {
    await app.restart();
    await app.api().do('restoreFlag', inProduction({ key: 'banner' }));
    const later = createClient({ url: app.url, key: secret });
    try {
      await later.ready();
      expect(later.boolean('banner', { targetingKey: 'ann' }, false)).toBe(true);
    } finally {
      await later.close();
    }
  });
});
