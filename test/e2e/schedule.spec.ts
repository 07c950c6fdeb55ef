import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Config } from '../../src/config/config.js';
import { Api, type ApiPayload, type Arguments } from '../support/api.js';
import { ENVIRONMENT, inProduction } from '../support/api-samples.js';
import { App } from '../support/app.js';
import { Redis } from '../support/redis.js';
import type { ServiceProcess } from '../support/service-process.js';
import { Stage } from '../support/stage.js';
import { until } from './until.js';

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
const off = (key: string): Arguments => ({ kind: 'flag', key, set: { enabled: false } });

interface Scheduled {
  readonly key: string;
  readonly status: string;
  readonly revision: number | null;
  readonly applyAt: string;
  readonly errors: readonly { readonly code: string }[];
}
interface Logged {
  readonly revision: number;
  readonly at: number;
  readonly actor: string;
  readonly reason: string;
  readonly event: { readonly kind: string; readonly evidence: Arguments } | null;
}

async function scheduledIn(api: Api, key: string): Promise<Scheduled> {
  const { edges } = await api.ask<{ edges: { node: Scheduled }[] }>('scheduledChanges', inProduction());
  const [found] = edges.map(({ node }) => node).filter((node) => node.key === key);
  if (found === undefined) throw new Error(`no scheduled ${key}`);
  return found;
}

const ended = (api: Api, key: string): Promise<Scheduled> =>
  until(async () => {
    const change = await scheduledIn(api, key);
    return change.status === 'pending' ? null : change;
  }, 40_000);

async function log(api: Api): Promise<readonly Logged[]> {
  const { changes } = await api.ask<{ changes: Logged[] }>('history', inProduction({ first: 200 }));
  return changes;
}

let redis: Redis;

beforeAll(async () => {
  redis = await Redis.start();
}, 60_000);

afterAll(() => redis?.stop());

describe.each(['embedded', 'redis'] as const)(
  'a scheduled change on the %s store',
  (store: Config['TIDEGATE_STORE']) => {
    let app: App;
    let api: Api;

    beforeAll(async () => {
      const settings = store === 'redis' ? { TIDEGATE_REDIS_URL: redis.url } : {};
      app = await App.start({ settings: { TIDEGATE_STORE: store, ...settings } });
      api = app.api();
      await api.do('createEnvironment', { key: ENVIRONMENT });
      for (const key of ['a', 'b', 'c']) await api.do('createFlag', inProduction({ key, enabled: true }));
    }, 60_000);

    afterAll(() => app?.stop());

    const schedule = (input: Arguments): Promise<ApiPayload> =>
      api.mutate('scheduleChange', inProduction(input));

    it('is written at its time, once, in the name of who scheduled it, and not before', async () => {
      const at = Date.now() + 3_000;
      const input = {
        key: 'kill',
        changes: [off('a')],
        applyAt: new Date(at).toISOString(),
        reason: 'End of sale',
      };
      expect(await schedule({ ...input, dryRun: true })).toMatchObject({
        revision: null,
        scheduledChange: { status: 'pending' },
      });
      const kept = await schedule({ ...input, idempotencyKey: 'kill' });
      expect(kept).toMatchObject({ userErrors: [], scheduledChange: { status: 'pending', revision: null } });
      expect(await schedule({ ...input, idempotencyKey: 'kill' })).toEqual(kept);
      expect(await schedule(input)).toMatchObject({ userErrors: [{ field: 'key', code: 'DUPLICATE_KEY' }] });
      await api.do('updateFlag', inProduction({ key: 'a', owner: 'since' }));
      const { status, revision } = await ended(api, 'kill');
      expect(status).toBe('applied');
      expect(await api.ask('flag', inProduction({ key: 'a' }))).toMatchObject({
        enabled: false,
        owner: 'since',
        revision,
      });
      const told = (await log(api)).filter(({ event }) => event?.evidence['scheduled'] === 'kill');
      expect(told).toMatchObject([
        { revision, actor: 'token:first-admin', reason: 'End of sale', event: { kind: 'apply' } },
        { event: { kind: 'schedule' } },
      ]);
      expect(told[0]?.at).toBeGreaterThanOrEqual(at);
    }, 60_000);

    it('can be put off, given up, and is refused afterwards', async () => {
      await schedule({ key: 'moved', changes: [off('b')], applyAt: inMs(60_000) });
      const sooner = { key: 'moved', applyAt: inMs(1_000) };
      await api.do('rescheduleChange', inProduction(sooner));
      expect(await ended(api, 'moved')).toMatchObject({ status: 'applied' });
      expect(await api.mutate('rescheduleChange', inProduction(sooner))).toMatchObject({
        userErrors: [{ field: 'key', code: 'NOT_PENDING' }],
      });
      await schedule({ key: 'given-up', changes: [off('c')], applyAt: inMs(3_000) });
      await api.do('cancelScheduledChange', inProduction({ key: 'given-up' }));
      await schedule({ key: 'after', changes: [off('b')], applyAt: inMs(3_500) });
      await ended(api, 'after');
      expect(await api.ask('flag', inProduction({ key: 'c' }))).toMatchObject({ enabled: true });
      expect(await scheduledIn(api, 'given-up')).toMatchObject({ status: 'cancelled', revision: null });
    }, 60_000);

    it('fails, visibly and without a write, where the token is revoked or the document was edited', async () => {
      const made = await api.do('createToken', { key: 'leaver', kind: 'admin', role: 'editor' });
      const leaver = api.as(String(made['secret']));
      const applyAt = inMs(5_000);
      await leaver.do('scheduleChange', inProduction({ key: 'leaving', changes: [off('c')], applyAt }));
      const flag = await api.ask<{ revision: number }>('flag', inProduction({ key: 'c' }));
      const strict = [{ ...off('c'), expectedRevision: flag.revision }];
      await schedule({ key: 'strict', changes: strict, applyAt });
      await api.do('revokeToken', { key: 'leaver' });
      // Another token, though of the same name: what the lost one left behind is not for it to do.
      await api.do('createToken', { key: 'leaver', kind: 'admin', role: 'admin' });
      await api.do('updateFlag', inProduction({ key: 'c', owner: 'since' }));
      expect(await ended(api, 'leaving')).toMatchObject({
        status: 'failed',
        errors: [{ code: 'FORBIDDEN' }],
      });
      expect(await ended(api, 'strict')).toMatchObject({
        status: 'failed',
        errors: [{ code: 'STALE_REVISION' }],
      });
      expect(await api.ask('flag', inProduction({ key: 'c' }))).toMatchObject({ enabled: true });
      const failures = (await log(api)).filter(({ event }) => event?.kind === 'fail');
      expect(failures.map(({ event }) => event?.evidence['codes'])).toContainEqual(['FORBIDDEN']);
    }, 60_000);

    it('is written late after an outage, or missed where it is too late', async () => {
      const at = Date.now() + 5_000;
      const applyAt = new Date(at).toISOString();
      await schedule({ key: 'late', changes: [off('c')], applyAt });
      await schedule({ key: 'too-late', changes: [off('c')], applyAt, within: 1 });
      await app.stopService();
      await until(() => Date.now() > at + 1_500);
      await app.restart();
      api = app.api();
      expect(await ended(api, 'late')).toMatchObject({ status: 'applied' });
      expect(await ended(api, 'too-late')).toMatchObject({ status: 'missed', revision: null });
    }, 60_000);

    it('needs the role admin for settings', async () => {
      const { secret } = await api.do('createToken', { key: 'ed', kind: 'admin', role: 'editor' });
      const changes = [{ kind: 'settings', key: 'environment', set: { description: 'x' } }];
      const input = inProduction({ key: 'settings', changes, applyAt: inMs(60_000), reason: 'x' });
      const { errors } = await api.as(String(secret)).call('scheduleChange', { input });
      expect(errors[0]?.extensions?.code).toBe('FORBIDDEN');
    });
  },
);

describe('scheduled changes that two replicas could write', () => {
  it('are written once each, in their order, though the leader is killed in between', async () => {
    await Stage.play(async (stage) => {
      const own = stage.keep(await Redis.start(), (started) => started.stop());
      const settings = { TIDEGATE_STORE: 'redis', TIDEGATE_REDIS_URL: own.url, TIDEGATE_LOG_LEVEL: 'debug' };
      const replicas = await Promise.all([stage.service({ settings }), stage.service({ settings })]);
      const { admin } = replicas[0];
      await admin.do('createEnvironment', { key: ENVIRONMENT, reason: 'x' });
      await admin.do('createFlag', { ...inProduction({ key: 'f' }), reason: 'x' });
      const keys = Array.from({ length: 24 }, (_, index) => `k${index}`);
      const start = Date.now() + 6_000;
      for (const [index, key] of keys.entries()) {
        const changes = [{ kind: 'flag', key: 'f', set: { tags: [key] } }];
        const applyAt = new Date(start + index * 300).toISOString();
        await admin.do('scheduleChange', { ...inProduction({ key, changes, applyAt }), reason: key });
      }
      const leader = await until(() => replicas.find(leads), 20_000);
      await until(() => Date.now() > start + 3_000, 30_000);
      await leader.process.kill();
      const other = replicas.find((replica) => replica !== leader) as ServiceProcess;
      const applied = await until(async () => {
        const found = (await other.admin.history(ENVIRONMENT)).filter(({ event }) => event?.kind === 'apply');
        return found.length >= keys.length ? found : null;
      }, 60_000);
      expect(applied.map(({ reason }) => reason)).toEqual(keys);
      const { flag } = await other.admin.run(`{ flag(environment: "production", key: "f") { tags } }`);
      expect(flag?.tags).toEqual(['k23']);
    });
  }, 180_000);
});

function leads(replica: ServiceProcess): boolean {
  const lines = replica.log().map(({ msg }) => msg ?? '');
  const begun = lines.filter((line) => line.startsWith('leads production')).length;
  return begun > lines.filter((line) => line.startsWith('no longer leads production')).length;
}
