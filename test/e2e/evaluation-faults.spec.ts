import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hashSecret } from '../../src/auth/secret.js';
import { REGISTRY } from '../../src/domain/image.js';
import { tokenSchema } from '../../src/domain/token.js';
import { evaluationFailureSchema, failureSchema } from '../../src/evaluation/contract.js';
import { KEEP_ALIVE } from '../../src/evaluation/frame.js';
import { EvaluationApp } from './evaluation-app.js';
import { EventReader } from './event-reader.js';
import { flag } from './flag.js';
import { openStore, type OpenStore } from './open-store.js';
import { until } from './until.js';

const PATH = '/ofrep/v1/evaluate/flags/f';

const FLAG = flag('f');
const exposure = { flag: 'f', rule: null, variant: 'on', event: 'exposures', count: 1, sum: 1 };

describe('the evaluation server, when things fail', () => {
  let opened: OpenStore;
  let app: EvaluationApp;

  beforeEach(async () => {
    opened = await openStore();
    app = new EvaluationApp(opened.store);
    await app.found();
    await app.load({ flags: [FLAG], segments: [], routes: [] });
    await app.listen();
  });
  afterEach(async () => {
    await app.stop();
    await opened.close();
  });

  const openStream = (): Promise<EventReader> =>
    EventReader.open(`${app.url}/api/v1/stream`, { authorization: `Bearer ${app.tokens.server}` });

  it('says "try again", not "unknown token", until it knows the registry', async () => {
    const single = await app.ask(PATH, { body: {} });
    expect([single.status, single.headers.get('retry-after')]).toEqual([503, '1']);
    expect(evaluationFailureSchema.parse(single.body)).toMatchObject({
      key: 'f',
      errorCode: 'PROVIDER_NOT_READY',
    });
    const snapshot = await app.ask('/api/v1/snapshot', { method: 'GET' });
    expect(snapshot.status).toBe(503);
    expect(failureSchema.parse(snapshot.body).errorCode).toBe('STORE_UNAVAILABLE');
    await app.start();
    await until(async () => (await app.ask(PATH, { body: {} })).status === 200);
  });

  it('says "try again" for an environment that is not loaded', async () => {
    const value = tokenSchema.parse({
      key: 'elsewhere',
      hash: hashSecret('tg_server_elsewhere'),
      kind: 'server',
      environments: ['elsewhere'],
      createdAt: '2026-01-01T00:00:00.000Z',
    });
    await app.store.commit(REGISTRY, {
      edits: [{ kind: 'token', key: value.key, value }],
      expected: { 'token/elsewhere': 0 },
      actor: 'system:test',
      reason: 'test',
    });
    await app.start();
    const reply = await app.ask(PATH, { body: {}, token: 'tg_server_elsewhere' });
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '1']);
  });

  it('finds environments that are made later', async () => {
    await app.start();
    const later = new EvaluationApp(app.store, 'later');
    await later.found();
    const reply = await until(async () => {
      const asked = await app.ask('/api/v1/snapshot', { method: 'GET', token: later.tokens.server });
      return asked.status === 200 ? asked : null;
    });
    expect(reply.body).toMatchObject({ environment: 'later', flags: [] });
  });

  it('goes on evaluating from the last image while the store is away, and takes no events', async () => {
    await app.start();
    const reader = await openStream();
    await reader.next();
    await app.store.close();
    expect((await app.ask(PATH, { body: {} })).body).toMatchObject({ value: true });
    expect((await app.ask('/api/v1/snapshot', { method: 'GET' })).status).toBe(200);
    const refused = await app.ask('/api/v1/events', {
      body: { client: 'client-aaaa', sequence: 1, counts: [exposure] },
    });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(failureSchema.parse(refused.body).errorCode).toBe('STORE_UNAVAILABLE');
    reader.close();
  });

  it('ends the streams of a token that was revoked', async () => {
    await app.start();
    const reader = await openStream();
    await reader.next();
    const { documents } = await app.store.image(REGISTRY);
    const revoked = documents.get('token', 'production-server');
    await app.store.commit(REGISTRY, {
      edits: [{ kind: 'token', key: 'production-server', value: null }],
      expected: { 'token/production-server': revoked?.revision ?? 0 },
      actor: 'system:test',
      reason: 'test',
    });
    await until(async () => (await app.ask(PATH, { body: {} })).status === 401);
    app.views?.get('production')?.subscribers.keepAlive(KEEP_ALIVE);
    await expect(reader.next()).rejects.toThrow('the stream ended');
  });

  it('lets a keep-alive pass to streams that may go on', async () => {
    await app.start();
    const reader = await openStream();
    await reader.next();
    app.views?.get('production')?.subscribers.keepAlive(KEEP_ALIVE);
    const written = await app.write({ kind: 'flag', key: 'f', value: { ...FLAG, enabled: false } });
    expect((await reader.next()).id.endsWith(`.${written}`)).toBe(true);
    reader.close();
  });

  it('cuts a stream whose client reads nothing, and serves the others', async () => {
    await app.start();
    const stuck = await fetch(`${app.url}/api/v1/stream`, {
      headers: { authorization: `Bearer ${app.tokens.server}` },
    });
    const reader = await openStream();
    await reader.next();
    const subscribers = app.views?.get('production')?.subscribers;
    expect(subscribers?.size).toBe(2);
    const next = reader.next();
    const filler = Buffer.from(`: ${'x'.repeat(1_048_576)}\n\n`);
    await until(async () => {
      subscribers?.broadcast(filler);
      await sleep(5);
      return subscribers?.size === 1;
    });
    const written = await app.write({ kind: 'flag', key: 'f', value: { ...FLAG, enabled: false } });
    expect((await next).id.endsWith(`.${written}`)).toBe(true);
    reader.close();
    await stuck.body?.cancel().catch(() => undefined);
  });

  it('stops gracefully: streams end, and the server closes by itself', async () => {
    await app.start();
    const reader = await openStream();
    await reader.next();
    const ended = expect(reader.next()).rejects.toThrow('the stream ended');
    await app.stop();
    await ended;
    await app.listen();
  });
});
