import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Config } from '../../src/config/config.js';
import type { Api, ApiPayload, Arguments } from '../support/api.js';
import { App } from '../support/app.js';
import { patched } from '../support/json-patch.js';
import { Redis } from '../support/redis.js';

let redis: Redis;

beforeAll(async () => {
  redis = await Redis.start();
}, 60_000);

afterAll(() => redis?.stop());

type Field = Parameters<typeof patched>[1][number];
interface Diffed {
  readonly documents: readonly (Arguments & {
    key: string;
    before: unknown;
    after: unknown;
    fields: Field[];
  })[];
}
const STAFF = { operator: 'inSegment', value: 'staff' };

describe.each(['embedded', 'redis'] as const)('on the %s store', (store: Config['TIDEGATE_STORE']) => {
  let app: App;
  let api: Api;

  beforeAll(async () => {
    const settings = store === 'redis' ? { TIDEGATE_REDIS_URL: redis.url } : {};
    app = await App.start({ settings: { TIDEGATE_STORE: store, ...settings } });
    api = app.api();
    for (const key of ['staging', 'live']) await api.do('createEnvironment', { key });
    await inStaging('createSegment', { key: 'staff', included: ['ann'] });
    await inStaging('createFlag', { key: 'a' });
    await inStaging('createFlag', { key: 'b' });
  }, 60_000);

  afterAll(() => app?.stop());

  const inStaging = (name: string, input: Arguments): Promise<ApiPayload> =>
    api.do(name, { environment: 'staging', ...input });
  const revision = (environment: string): Promise<number> => api.ask('revision', { environment });
  const diff = (args: Arguments): Promise<Diffed> => api.ask('diff', { environment: 'staging', ...args });
  const codeOf = async (name: string, args: Arguments): Promise<unknown> =>
    (await api.call(name, args)).errors[0]?.extensions;
  const revert = (input: Arguments): Promise<ApiPayload> =>
    api.mutate('revert', { environment: 'staging', ...input });
  const promote = (input: Arguments): Promise<ApiPayload> =>
    api.mutate('promoteChanges', { from: 'staging', to: 'live', ...input });

  describe('diff', () => {
    it('tells what became of each document between two revisions, and by whom', async () => {
      const from = await revision('staging');
      await inStaging('updateFlag', { key: 'a', owner: 'shop' });
      await inStaging('updateFlag', { key: 'a', tags: ['x'] });
      await inStaging('createFlag', { key: 'fleeting' });
      await inStaging('deleteFlag', { key: 'fleeting' });
      const { documents } = await diff({ from });
      expect(documents).toMatchObject([
        {
          kind: 'flag',
          key: 'a',
          revisions: [from + 1, from + 2],
          actors: ['token:first-admin'],
          fields: [
            { op: 'replace', path: '/owner', before: '', after: 'shop' },
            { op: 'add', path: '/tags/0', before: null, after: 'x' },
          ],
        },
      ]);
      for (const { before, after, fields } of documents) expect(patched(before, fields)).toEqual(after);
      expect(await diff({ from, to: from + 1 })).toMatchObject({
        documents: [{ fields: [{ path: '/owner' }] }],
      });
      expect(await diff({ from: 0, document: 'flag/b' })).toMatchObject({
        documents: [{ key: 'b', before: null }],
      });
      expect(await diff({ from: from + 4 })).toMatchObject({ documents: [] });
    });

    it.each<[Arguments, string, string]>([
      [{ from: -1 }, 'INVALID_INPUT', 'from'],
      [{ from: 3, to: 2 }, 'INVALID_INPUT', 'from'],
      [{ from: 0, to: 9_999 }, 'NOT_FOUND', 'to'],
      [{ from: 0, document: 'a' }, 'INVALID_INPUT', 'document'],
    ])('refuses %j with %s at %s', async (args, code, field) => {
      expect(await codeOf('diff', { environment: 'staging', ...args })).toMatchObject({ code, field });
    });
  });

  describe('revert', () => {
    it('undoes one change, once, and the log says which', async () => {
      const { revision: changed } = await inStaging('updateFlag', { key: 'b', owner: 'shop' });
      const dry = await revert({ revision: changed, dryRun: true });
      expect(dry).toMatchObject({
        revision: null,
        userErrors: [],
        documents: [{ key: 'b', fields: [{ path: '/owner', before: 'shop', after: '' }] }],
      });
      const input = { revision: changed, idempotencyKey: `revert ${store}` };
      const done = await revert(input);
      expect(done).toMatchObject({ revision: Number(changed) + 1, documents: dry['documents'] });
      expect(await revert(input)).toEqual(done);
      expect(await revert({ revision: changed })).toMatchObject({
        revision: null,
        documents: [],
        userErrors: [
          { field: 'revision', code: 'CONFLICT', message: expect.stringContaining(`${done.revision}`) },
        ],
      });
      const { changes } = await api.ask<{ changes: object[] }>('history', {
        environment: 'staging',
        first: 1,
      });
      expect(changes).toMatchObject([{ event: { kind: 'revert', evidence: { reverts: changed } } }]);
      expect(await revert({ revision: done.revision })).toMatchObject({ userErrors: [] });
      expect(await api.ask('flag', { environment: 'staging', key: 'b' })).toMatchObject({ owner: 'shop' });
    });

    it('undoes a creation once, and a deletion unless the key was used again', async () => {
      const made = await inStaging('createFlag', { key: 'short' });
      const undone = await revert({ revision: made.revision });
      expect(await api.ask('flag', { environment: 'staging', key: 'short' })).toBeNull();
      expect(await revert({ revision: made.revision })).toMatchObject({
        userErrors: [{ code: 'CONFLICT', message: expect.stringContaining(`${undone.revision}`) }],
      });
      expect(await revert({ revision: undone.revision })).toMatchObject({ userErrors: [] });
      expect(await revert({ revision: undone.revision })).toMatchObject({
        userErrors: [{ code: 'CONFLICT' }],
      });
    });

    it('needs the role admin for settings, and knows only changes that were made', async () => {
      const { revision: set } = await inStaging('setWebhooks', { webhooks: [] });
      expect(await revert({ revision: 9_999 })).toMatchObject({
        userErrors: [{ field: 'revision', code: 'NOT_FOUND' }],
      });
      const { secret } = await api.do('createToken', { key: 'ed', kind: 'admin', role: 'editor' });
      const input = { environment: 'staging', revision: 1, reason: 'x' };
      const { errors } = await api.as(String(secret)).call('revert', { input });
      expect(errors[0]?.extensions?.code).toBe('FORBIDDEN');
      expect(set).toBeNull();
    });
  });

  describe('promoteChanges', () => {
    it('shows in a dry run what it then writes in one change, refused where the target moved on', async () => {
      const rule = { id: 'r', condition: STAFF, serve: { variant: 'on' } };
      await inStaging('addFlagRule', { key: 'a', rule });
      const documents = [{ kind: 'flag', key: 'a', expectedRevision: 0 }];
      expect(await promote({ documents })).toMatchObject({
        userErrors: [{ field: 'documents.0.rules.0.condition.value', code: 'DANGLING_REFERENCE' }],
      });
      const dry = await promote({ documents, withNeeded: true, dryRun: true });
      expect(dry).toMatchObject({
        revision: null,
        userErrors: [],
        documents: [
          { kind: 'flag', key: 'a', before: null, fields: [{ op: 'add', path: '' }] },
          { kind: 'segment', key: 'staff', before: null },
        ],
      });
      const seen = await revision('live');
      await api.do('createFlag', { environment: 'live', key: 'between' });
      const asked = { documents, withNeeded: true };
      expect(await promote({ ...asked, expectedRevision: seen })).toMatchObject({
        userErrors: [{ field: 'expectedRevision', code: 'STALE_REVISION' }],
      });
      const done = await promote({ ...asked, expectedRevision: seen + 1 });
      expect(done).toMatchObject({ revision: seen + 2, documents: dry['documents'] });
      expect(await promote(asked)).toMatchObject({
        userErrors: [{ field: 'documents.0.expectedRevision', code: 'STALE_REVISION' }],
      });
      expect(await api.ask('flag', { environment: 'live', key: 'a' })).toMatchObject({
        owner: 'shop',
        enabled: false,
      });
    });

    it('carries on what was written since, after which only what is the target’s own differs', async () => {
      const since = await revision('staging');
      await inStaging('updateFlag', { key: 'a', description: 'New' });
      await inStaging('enableFlag', { key: 'a' });
      await inStaging('deleteFlag', { key: 'b' });
      await inStaging('setWebhooks', { webhooks: [HOOK] });
      const { documents } = await promote({ since });
      expect(documents).toMatchObject([{ key: 'a', fields: [{ path: '/description', after: 'New' }] }]);
      const compared = await api.ask('compareEnvironments', { from: 'staging', to: 'live' });
      expect(compared).toMatchObject({
        same: 1,
        documents: [
          { key: 'a', status: 'differs', fields: [{ path: '/enabled', before: true, after: false }] },
          { key: 'between', status: 'onlyInTo' },
          { key: 'short', status: 'onlyInFrom' },
        ],
      });
      expect(await promote({ since })).toMatchObject({ revision: null, documents: [], userErrors: [] });
    });

    it.each<[Arguments, string, string]>([
      [{}, 'INVALID_INPUT', 'documents'],
      [{ since: 0, documents: [] }, 'INVALID_INPUT', 'documents'],
      [{ since: 9_999 }, 'INVALID_INPUT', 'since'],
      [{ since: 0, to: 'staging' }, 'INVALID_INPUT', 'to'],
      [{ documents: [{ kind: 'flag', key: 'none' }] }, 'NOT_FOUND', 'documents.0'],
      [{ documents: [{ kind: 'settings', key: 'environment' }] }, 'INVALID_INPUT', 'documents.0'],
    ])('refuses %j with %s at %s', async (input, code, field) => {
      expect(await promote(input)).toMatchObject({ revision: null, userErrors: [{ code, field }] });
    });

    it('needs to be let into both environments', async () => {
      const editor = { kind: 'admin', role: 'editor', environments: ['live'] };
      const { secret } = await api.do('createToken', { key: 'live-only', ...editor });
      const both = { kind: 'admin', role: 'viewer', environments: ['live', 'staging'] };
      const { secret: viewing } = await api.do('createToken', { key: 'both', ...both });
      const input = { from: 'staging', to: 'live', since: 0, reason: 'x' };
      const code = async (token: unknown, name: string, args: Arguments): Promise<unknown> =>
        (await api.as(String(token)).call(name, args)).errors[0]?.extensions?.code;
      expect(await code(secret, 'promoteChanges', { input })).toBe('FORBIDDEN');
      expect(await code(viewing, 'promoteChanges', { input })).toBe('FORBIDDEN');
      const names = { from: 'staging', to: 'live' };
      expect(await code(secret, 'compareEnvironments', names)).toBe('FORBIDDEN');
      expect(await code(viewing, 'compareEnvironments', names)).toBeUndefined();
      expect(await code(api, 'compareEnvironments', { from: '@registry', to: 'live' })).toBe(
        'UNAUTHENTICATED',
      );
      expect(await codeOf('compareEnvironments', { from: '@registry', to: 'live' })).toMatchObject({
        code: 'NOT_FOUND',
      });
    });
  });
});

const HOOK = { url: 'https://hooks.example.com/x', secretRef: 'env:HOOK', events: ['trip'] };
