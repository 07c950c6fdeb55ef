import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ClientStatus, createClient, type TidegateClient } from '@tidegate/sdk';
import type { Flag, Route, Segment } from '@tidegate/sdk/engine';
import { guardSchema } from '../../src/domain/guard.js';
import { EvaluationApp } from './evaluation-app.js';
import { flag } from './flag.js';
import { openStore, type OpenStore } from './open-store.js';
import { until } from './until.js';

const checkout = (over: Partial<Flag>): Flag => flag('checkout', { defaultVariant: 'off', ...over });

const split = (weight: number): Flag['rules'][number] => ({
  id: 'rollout:checkout:split',
  condition: { all: [] },
  serve: {
    split: {
      bucketBy: ['targetingKey'],
      salt: 'checkout',
      arms: [
        { variant: 'on', weight },
        { variant: 'off', weight: 100_000 - weight },
      ],
    },
  },
});

const staff: Segment = { key: 'staff', description: '', rules: [], included: ['ann'], excluded: [] };

const route: Route = {
  key: 'checkout',
  description: '',
  service: 'checkout.shop.svc.cluster.local',
  port: 80,
  gateways: [],
  mesh: true,
  versions: { v1: {}, v2: {} },
  salt: 'checkout',
  bucketBy: ['targetingKey'],
  rules: [{ id: 'r', condition: { operator: 'inSegment', value: 'staff' }, serve: { version: 'v2' } }],
  default: 'v1',
  closed: null,
};

const guard = guardSchema.parse({
  key: 'failures',
  source: 'events',
  events: { flag: 'checkout', bad: 'failed', total: 'tried' },
  margin: 2,
  target: { flag: 'checkout', new: 'on', control: 'off' },
});

const WIDTH: Flag = flag('width', {
  type: 'integer',
  variants: { w: 10 },
  defaultVariant: 'w',
  offVariant: null,
});

describe('the SDK on a real server', () => {
  let opened: OpenStore;
  let app: EvaluationApp;
  let client: TidegateClient;
  const statuses: ClientStatus[] = [];
  const isOn = (user: string): boolean => client.boolean('checkout', { targetingKey: user }, false);
  const users = Array.from({ length: 1_000 }, (_, i) => `user-${i}`);

  beforeAll(async () => {
    opened = await openStore();
    app = new EvaluationApp(opened.store);
    await app.begin();
    await app.load({
      flags: [checkout({ rules: [split(20_000)] }), WIDTH],
      segments: [staff],
      routes: [route],
    });
    await app.write({ kind: 'guard', key: guard.key, value: guard });
    client = createClient({ url: app.url, key: app.tokens.server, flushInterval: 100, retryDelay: 50 });
    client.on('status', (status) => statuses.push(status));
    await client.ready();
  });
  afterAll(async () => {
    await client.close();
    await app.stop();
    await opened.close();
  });

  it('answers every kind of getter, with the default where the type is another', () => {
    expect(client.integer('width', {}, 1)).toBe(10);
    expect(client.number('width', {}, 1)).toBe(10);
    expect(client.string('width', {}, 'mine')).toBe('mine');
    expect(client.object('width', {}, { a: 1 })).toEqual({ a: 1 });
    expect(client.boolean('missing', {}, true)).toBe(true);
    expect(client.details('width', {}, 'mine')).toMatchObject({
      value: 'mine',
      variant: null,
      reason: 'ERROR',
      errorCode: 'TYPE_MISMATCH',
    });
    expect(client.details('missing', {}, 3)).toMatchObject({ value: 3, errorCode: 'FLAG_NOT_FOUND' });
    expect(client.details('width', {}, 3)).toMatchObject({
      value: 10,
      variant: 'w',
      reason: 'STATIC',
      rule: null,
    });
  });

  it('gives the same answers as OFREP does', async () => {
    for (const targetingKey of users.slice(0, 50)) {
      const { body } = await app.ask('/ofrep/v1/evaluate/flags/checkout', {
        body: { context: { targetingKey } },
        token: app.tokens.client,
      });
      expect(body).toMatchObject({ value: isOn(targetingKey), reason: 'SPLIT' });
    }
  });

  it('lets users in as the share grows, and none out', async () => {
    let before = new Set(users.filter(isOn));
    for (const weight of [50_000, 100_000]) {
      const written = await app.write({
        kind: 'flag',
        key: 'checkout',
        value: checkout({ rules: [split(weight)] }),
      });
      await new Promise<void>((done) => {
        const stop = client.on('change', ({ revision, flags }) => {
          if (revision !== written) return;
          expect(flags).toEqual(['checkout']);
          stop();
          done();
        });
      });
      const after = new Set(users.filter(isOn));
      for (const user of before) expect(after).toContain(user);
      expect(Math.abs(after.size - weight / 100)).toBeLessThan(60);
      before = after;
    }
  });

  it('writes the headers that routes go by', () => {
    expect(client.routeHeaders({ targetingKey: 'ann' })).toEqual({
      'x-tg-b': expect.stringMatching(/^checkout=\d{4}$/),
      'x-tg-s': 'staff',
    });
    expect(client.routeHeaders({ targetingKey: 'bob' })['x-tg-s']).toBe('');
    expect(client.routeHeaders({})).toEqual({ 'x-tg-b': '', 'x-tg-s': '' });
  });

  it('has its counts added to the store, once, by flag, rule, variant and event', async () => {
    const rule = 'rollout:checkout:split';
    const stored = async (event: string, variant = 'on'): Promise<{ count: number; sum: number }> => {
      const series = `checkout|${rule}|${variant}|${event}`;
      const window = Math.floor((await app.store.now()) / 5_000);
      const windows = await app.store.readCounts(app.environment, [series], window - 12, window + 1);
      const found = [...windows.values()].flatMap((counts) => counts.get(series) ?? []);
      return found.reduce((a, b) => ({ count: a.count + b.count, sum: a.sum + b.sum }), { count: 0, sum: 0 });
    };
    await client.flush();
    const before = (await stored('exposures')).count;
    for (const user of users.slice(0, 7)) isOn(user);
    client.track('tried', { targetingKey: 'ann' });
    client.track('failed', { targetingKey: 'ann' }, 2.5);
    client.track('failed', { targetingKey: 'bob' }, 0.5);
    client.track('unheard-of', { targetingKey: 'ann' });
    await until(async () => (await stored('exposures')).count === before + 7);
    expect(await stored('tried')).toEqual({ count: 1, sum: 1 });
    expect(await stored('failed')).toEqual({ count: 2, sum: 3 });
    expect(await stored('unheard-of')).toEqual({ count: 0, sum: 0 });
  });

  it('serves on while the server is gone, and catches up when it is back', async () => {
    const { port } = app;
    statuses.length = 0;
    await app.stop();
    await until(() => client.status === 'stale');
    expect(isOn('user-1')).toBe(true);
    await app.write({ kind: 'flag', key: 'checkout', value: checkout({ enabled: false }) });
    expect(isOn('user-1')).toBe(true);
    await app.listen(port);
    await app.start();
    await until(() => !isOn('user-1'));
    await until(() => client.status === 'ready');
    expect(statuses).toEqual(['stale', 'ready']);
  });

  it('is told of deleted flags', async () => {
    await app.write({ kind: 'flag', key: 'width', value: null });
    await until(() => client.integer('width', {}, 1) === 1);
    expect(client.details('width', {}, 1)).toMatchObject({ errorCode: 'FLAG_NOT_FOUND' });
  });

  it('refuses a client token: whole rules are for servers', async () => {
    const wrong = createClient({ url: app.url, key: app.tokens.client, retryDelay: 50 });
    await expect(wrong.ready()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await wrong.close();
  });
});
