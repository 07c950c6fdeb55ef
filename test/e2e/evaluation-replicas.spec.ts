import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient, type TidegateClient } from '@tidegate/sdk';
import { RedisStore } from '../../src/adapters/store/redis/redis-store.js';
import { Redis } from '../support/redis.js';
import { EvaluationApp } from './evaluation-app.js';
import { EventReader } from './event-reader.js';
import { flag } from './flag.js';
import { until } from './until.js';

const PATH = '/ofrep/v1/evaluate/flags/f';
const exposures = { flag: 'f', rule: null, variant: 'on', event: 'exposures', count: 3, sum: 3 };

describe('two replicas on one Redis', () => {
  let redis: Redis;
  let one: EvaluationApp;
  let two: EvaluationApp;
  const clients: TidegateClient[] = [];

  beforeAll(async () => {
    redis = await Redis.start();
    const stores = [1, 2].map(() => new RedisStore({ url: redis.url, mayInitialise: true }));
    for (const store of stores) await store.open();
    [one, two] = stores.map((store) => new EvaluationApp(store)) as [EvaluationApp, EvaluationApp];
    await one.begin();
    Object.assign(two.tokens, one.tokens);
    await two.listen();
    await two.start();
    await one.write({ kind: 'flag', key: 'f', value: flag('f') });
    for (const { url, tokens } of [one, two]) {
      clients.push(createClient({ url, key: tokens.server, retryDelay: 50, flushInterval: 100 }));
    }
    await Promise.all(clients.map((client) => client.ready()));
    await until(() => allAnswer(true));
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    for (const app of [one, two]) {
      await app.stop();
      await app.store.close();
    }
    await redis.stop();
  });

  async function allAnswer(value: boolean): Promise<boolean> {
    const replies = await Promise.all([one, two].map((app) => app.ask(PATH, { body: {} })));
    return (
      replies.every(({ body }) => (body as { value: unknown }).value === value) &&
      clients.every((client) => client.details('f', {}, null).value === value)
    );
  }

  it('tell their clients what was written on either', async () => {
    await one.write({ kind: 'flag', key: 'f', value: flag('f', { enabled: false }) });
    await until(() => allAnswer(false));
    await until(async () => {
      const { documents } = await two.store.image('production');
      return documents.value('flag', 'f')?.enabled === false;
    });
    await two.write({ kind: 'flag', key: 'f', value: flag('f') });
    await until(() => allAnswer(true));
  });

  it('apply a batch once, whichever it is sent to', async () => {
    const body = { client: 'client-aaaa', sequence: 1, counts: [exposures] };
    expect((await one.ask('/api/v1/events', { body })).body).toEqual({ applied: true, dropped: 0 });
    expect((await two.ask('/api/v1/events', { body })).body).toEqual({ applied: false, dropped: 0 });
  });

  it('continue a stream that the other one began', async () => {
    const { headers } = await one.ask('/api/v1/snapshot', { method: 'GET' });
    const cursor = (headers.get('etag') ?? '').replaceAll('"', '');
    await until(
      async () =>
        (await two.ask('/api/v1/snapshot', { method: 'GET' })).headers.get('etag') === `"${cursor}"`,
    );
    const written = await one.write({ kind: 'flag', key: 'f', value: flag('f', { description: 'x' }) });
    await until(async () => {
      const reply = await two.ask('/api/v1/snapshot', { method: 'GET' });
      return reply.headers.get('etag')?.endsWith(`.${written}"`);
    });
    const reader = await EventReader.open(`${two.url}/api/v1/stream`, {
      authorization: `Bearer ${two.tokens.server}`,
      'last-event-id': cursor,
    });
    const { event, id } = await reader.next();
    expect([event, id.endsWith(`.${written}`)]).toEqual(['delta', true]);
    reader.close();
  });

  it('go on evaluating while Redis is down, and deliver counts and changes when it is back', async () => {
    await redis.kill();
    await until(async () => {
      const body = { client: 'client-bbbb', sequence: 1, counts: [exposures] };
      return (await one.ask('/api/v1/events', { body })).status === 503;
    });
    expect(await allAnswer(true)).toBe(true);
    await redis.run();
    await until(async () => {
      const body = { client: 'client-bbbb', sequence: 1, counts: [exposures] };
      return (await one.ask('/api/v1/events', { body })).status === 200;
    });
    await until(async () => {
      try {
        return await one.write({ kind: 'flag', key: 'f', value: flag('f', { enabled: false }) });
      } catch {
        return null;
      }
    });
    await until(() => allAnswer(false));
    expect(clients.map(({ status }) => status)).toEqual(['ready', 'ready']);
  }, 60_000);
});
