import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient } from '@tidegate/sdk';
import type { Api, Arguments } from '../support/api.js';
import { App } from '../support/app.js';
import { AdminClient } from '../support/admin-client.js';
import { askOfrep } from '../support/ofrep.js';
import { until } from './until.js';

const ENVIRONMENT = 'production';
const DAY = 86_400_000;
const BOOLEAN = { type: 'boolean', variants: { on: true, off: false }, enabled: true, offVariant: 'off' };

interface Usage {
  readonly flag: string;
  readonly lastSeen: number | null;
  readonly variants: readonly { variant: string; evaluations: number; lastSeen: number | null }[];
  readonly hours: readonly Arguments[];
  readonly stale: unknown;
}

interface Found {
  readonly totalCount: number;
  readonly pageInfo: { hasNextPage: boolean; endCursor: string | null };
  readonly edges: readonly { node: { kind: string; key: string; match: string; stale: unknown } }[];
}

describe('what flags are used for', () => {
  let app: App;
  let api: Api;
  let admin: AdminClient;

  beforeAll(async () => {
    app = await App.start();
    api = app.api();
    admin = new AdminClient(app.url, app.token);
    await api.do('createEnvironment', { key: ENVIRONMENT, description: '' });
    for (const key of ['by-sdk', 'by-ofrep', 'never'])
      await api.do('createFlag', { environment: ENVIRONMENT, key, defaultVariant: 'on', ...BOOLEAN });
    await api.do('createFlag', {
      environment: ENVIRONMENT,
      key: 'long-over',
      defaultVariant: 'on',
      expiresAt: new Date(Date.now() - DAY).toISOString(),
      prerequisites: [{ flag: 'never', variants: ['on'] }],
      ...BOOLEAN,
    });
  }, 60_000);
  afterAll(() => app?.stop());

  const usage = (flag: string): Promise<Usage> => api.ask<Usage>('usage', { environment: ENVIRONMENT, flag });
  const search = async (args: object): Promise<Found> =>
    api.ask<Found>('search', { environment: ENVIRONMENT, ...args });
  const keysOf = ({ edges }: Found): string[] => edges.map(({ node }) => node.key);

  it('is what SDKs report', async () => {
    const key = await admin.makeToken(ENVIRONMENT, 'server');
    const client = createClient({ url: app.url, key, flushInterval: 100 });
    await client.ready();
    const begun = Date.now();
    for (let n = 0; n < 7; n += 1) client.boolean('by-sdk', { targetingKey: `u${n}` }, false);
    await client.close();
    const { variants, hours, lastSeen, stale } = await usage('by-sdk');
    expect(variants).toEqual([
      { variant: 'off', evaluations: 0, lastSeen: null },
      { variant: 'on', evaluations: 7, lastSeen },
    ]);
    expect(lastSeen).toBeGreaterThanOrEqual(begun - 1_000);
    expect(hours).toEqual([{ at: expect.any(Number), variants: [{ variant: 'on', evaluations: 7 }] }]);
    expect(stale).toBeNull();
  });

  it('is what OpenFeature clients are answered, one by one or all at once', async () => {
    const token = await admin.makeToken(ENVIRONMENT, 'client');
    for (let n = 0; n < 3; n += 1) await askOfrep({ url: app.url, token, flag: 'by-ofrep' }, {});
    await askOfrep({ url: app.url, token, flag: 'unknown' }, {});
    await fetch(`${app.url}/ofrep/v1/evaluate/flags`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{}',
    });
    const on = await until(async () => {
      const { variants } = await usage('by-ofrep');
      return variants.find(({ variant, evaluations }) => variant === 'on' && evaluations > 0);
    }, 60_000);
    expect(on.evaluations).toBe(4);
  }, 90_000);

  it('is kept over a restart', async () => {
    await app.restart();
    api = app.api();
    expect((await usage('by-sdk')).variants[1]).toMatchObject({ variant: 'on' });
    expect((await usage('by-ofrep')).variants[1]).toMatchObject({ evaluations: 4 });
  }, 60_000);

  it('says nothing of a flag that is not there, or of a span too long', async () => {
    const refused = async (args: object): Promise<unknown> =>
      (await api.call('usage', { environment: ENVIRONMENT, ...args })).errors[0]?.extensions?.code;
    expect(await refused({ flag: 'gone' })).toBe('NOT_FOUND');
    expect(await refused({ flag: 'never', from: 0 })).toBe('INVALID_INPUT');
    expect(await refused({ flag: 'never', from: 2e13, to: 1e13 })).toBe('INVALID_INPUT');
    expect(await refused({ flag: 'never', from: 1e300, to: 1e300 })).toBe('INVALID_INPUT');
    expect(await refused({ flag: 'never', from: -1e300, to: -1e300 })).toBe('INVALID_INPUT');
  });

  it('makes no flag stale that was made lately; its date does', async () => {
    const stale = await search({ filter: { stale: true } });
    expect(stale.edges.map(({ node }) => [node.key, node.stale])).toEqual([
      ['long-over', { reason: 'EXPIRED', variant: null }],
    ]);
    const flags = await api.ask<Found>('flags', { environment: ENVIRONMENT, filter: { stale: true } });
    expect(keysOf(flags)).toEqual(['long-over']);
    expect(keysOf(await search({ filter: { stale: false } }))).toEqual(['by-ofrep', 'by-sdk', 'never']);
  });

  it('is found by text and by who refers, page by page', async () => {
    expect(keysOf(await search({ text: 'never' }))).toEqual(['never']);
    expect(keysOf(await search({ filter: { refersTo: { kind: 'flag', key: 'never' } } }))).toEqual([
      'long-over',
    ]);
    const first = await search({ text: 'by-', first: 1 });
    expect([keysOf(first), first.totalCount, first.pageInfo.hasNextPage]).toEqual([['by-ofrep'], 2, true]);
    const second = await search({ text: 'by-', first: 1, after: first.pageInfo.endCursor });
    expect([keysOf(second), second.pageInfo.hasNextPage]).toEqual([['by-sdk'], false]);
    const refused = await api.call('search', { environment: ENVIRONMENT, filter: { staleDays: 0 } });
    expect(refused.errors[0]?.extensions?.code).toBe('INVALID_INPUT');
  });
});
