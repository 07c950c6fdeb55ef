import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Config } from '../../src/config/config.js';
import { type Api, type Arguments } from '../support/api.js';
import { createSamples, ENVIRONMENT, FLAG, inProduction, ROLLOUT, ROUTE } from '../support/api-samples.js';
import { App } from '../support/app.js';
import { Redis } from '../support/redis.js';

let redis: Redis;

beforeAll(async () => {
  redis = await Redis.start();
}, 60_000);

afterAll(() => redis?.stop());

describe.each(['embedded', 'redis'] as const)(
  'an idempotency key on the %s store',
  (store: Config['TIDEGATE_STORE']) => {
    let app: App;
    let api: Api;

    beforeAll(async () => {
      const settings = store === 'redis' ? { TIDEGATE_REDIS_URL: redis.url } : {};
      app = await App.start({ settings: { TIDEGATE_STORE: store, ...settings } });
      api = app.api();
      await createSamples(api);
    }, 60_000);

    afterAll(() => app?.stop());

    const revision = (): Promise<number> => api.ask('revision', { environment: ENVIRONMENT });

    it('gives the same answer to the same request, whatever was written since', async () => {
      const input = inProduction({ key: 'once', owner: 'shop', idempotencyKey: 'k {1}' });
      const first = await api.do('createFlag', input);
      await api.do('updateFlag', inProduction({ key: 'once', owner: 'else' }));
      const before = await revision();
      expect(await api.mutate('createFlag', input)).toEqual(first);
      expect(await revision()).toBe(before);
      await api.do('deleteFlag', inProduction({ key: 'once' }));
      expect(await api.mutate('createFlag', input)).toEqual(first);
    });

    it('remembers warnings, positions and deletions as well', async () => {
      const start = inProduction({ key: ROLLOUT.key, idempotencyKey: 'start' });
      const started = await api.do('startRollout', start);
      expect(started).toMatchObject({ rollout: { position: { token: '1.0.running' } } });
      await api.do('abortRollout', inProduction({ key: ROLLOUT.key }));
      expect(await api.mutate('startRollout', start)).toEqual(started);
      const guards = { ...ROLLOUT, key: 'warned', route: { key: ROUTE.key, new: 'v2', control: 'v1' } };
      const create = inProduction({ ...guards, idempotencyKey: 'warned' });
      await api.do('addFlagRule', inProduction({ ...FLAG, rule: rule('mine') }));
      const created = await api.do('createRollout', create);
      expect(created.warnings).toContainEqual(expect.objectContaining({ code: 'ARMS_MAY_DIFFER' }));
      await api.do('removeFlagRule', inProduction({ ...FLAG, rule: 'mine' }));
      expect(await api.mutate('createRollout', create)).toEqual(created);
      const remove = inProduction({ key: 'warned', idempotencyKey: 'removed' });
      const removed = await api.do('deleteRollout', remove);
      expect(removed).toMatchObject({ rollout: null, userErrors: [] });
      expect(await api.mutate('deleteRollout', remove)).toEqual(removed);
    });

    it('is refused for other input, and for another mutation with the same input', async () => {
      const input = inProduction({ key: 'reused', idempotencyKey: 'r' });
      await api.do('createFlag', inProduction({ key: 'reused' }));
      await api.do('disableFlag', inProduction({ key: 'reused' }));
      await api.do('enableFlag', input);
      const reused = {
        flag: null,
        userErrors: [{ field: 'idempotencyKey', code: 'IDEMPOTENCY_KEY_REUSED' }],
      };
      expect(await api.mutate('disableFlag', input)).toMatchObject(reused);
      expect(await api.mutate('enableFlag', { ...input, key: FLAG.key })).toMatchObject(reused);
      expect(await api.mutate('enableFlag', { ...input, reason: 'Another' })).toMatchObject(reused);
      expect(await api.ask('flag', inProduction({ key: 'reused' }))).toMatchObject({ enabled: true });
    });

    it('does not depend on the order of names, and belongs to one token', async () => {
      const input = {
        environment: ENVIRONMENT,
        key: 'ordered',
        variants: { a: true, b: false },
        idempotencyKey: 'o',
      };
      const first = await api.do('createFlag', input);
      const turned = {
        idempotencyKey: 'o',
        variants: { b: false, a: true },
        key: 'ordered',
        environment: ENVIRONMENT,
      };
      expect(await api.mutate('createFlag', turned)).toEqual(first);
      const { secret } = await api.do('createToken', { key: 'other', kind: 'admin', role: 'editor' });
      expect(await api.as(String(secret)).mutate('createFlag', input)).toMatchObject({
        userErrors: [{ code: 'DUPLICATE_KEY' }],
      });
    });

    it('lets one of the same requests at once write, and gives all of them its answer', async () => {
      const before = await revision();
      const input = inProduction({ key: 'rushed', idempotencyKey: 'rush' });
      const payloads = await Promise.all(Array.from({ length: 8 }, () => api.mutate('createFlag', input)));
      expect(await revision()).toBe(before + 1);
      for (const payload of payloads) expect(payload).toEqual(payloads[0]);
      expect(payloads[0]).toMatchObject({ revision: before + 1, userErrors: [] });
    });

    it('is not used up by a request that was refused', async () => {
      const input = inProduction({ key: 'mended', idempotencyKey: 'm' });
      await api.mutate('createFlag', { ...input, defaultVariant: 'none' });
      expect((await api.do('createFlag', input)).userErrors).toEqual([]);
    });

    it('makes an environment once', async () => {
      const input = { key: 'staging', idempotencyKey: 'e' };
      const first = await api.do('createEnvironment', input);
      expect(await api.mutate('createEnvironment', input)).toEqual(first);
      expect(await api.mutate('createEnvironment', { ...input, description: 'x' })).toMatchObject({
        environment: null,
        userErrors: [{ field: 'idempotencyKey', code: 'IDEMPOTENCY_KEY_REUSED' }],
      });
    });
  },
);

function rule(id: string): Arguments {
  return { id, condition: { all: [] }, serve: { variant: 'on' } };
}
