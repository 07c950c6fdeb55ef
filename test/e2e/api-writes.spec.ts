import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, type ApiPayload, type Arguments } from '../support/api.js';
import {
  createSamples,
  ENVIRONMENT,
  FLAG,
  GUARD,
  inProduction,
  ROLLOUT,
  ROUTE,
  SEGMENT,
} from '../support/api-samples.js';
import { App } from '../support/app.js';
import { Redis } from '../support/redis.js';

let redis: Redis;
let app: App;
let api: Api;

beforeAll(async () => {
  redis = await Redis.start();
  app = await App.start({ settings: { TIDEGATE_STORE: 'redis', TIDEGATE_REDIS_URL: redis.url } });
  api = app.api();
  await createSamples(api);
}, 60_000);

afterAll(async () => {
  await app?.stop();
  await redis?.stop();
});

function revision(environment = ENVIRONMENT): Promise<number> {
  return api.ask('revision', { environment });
}

/** Sends a mutation whose form the API must refuse as a whole, and gives its payload; nothing may be written. */
async function unwritten(name: string, input: Arguments): Promise<ApiPayload> {
  const before = await revision();
  const payload = await api.mutate(name, inProduction(input));
  expect(payload.revision ?? null).toBeNull();
  expect(await revision()).toBe(before);
  return payload;
}

function flagOf(payload: ApiPayload): Arguments {
  return payload['flag'] as Arguments;
}

describe('a dry run', () => {
  it('answers what would be, and writes nothing', async () => {
    expect(await unwritten('createFlag', { key: 'dry', dryRun: true })).toMatchObject({
      flag: { key: 'dry', defaultVariant: 'off' },
      userErrors: [],
    });
    expect(await api.ask('flag', inProduction({ key: 'dry' }))).toBeNull();
    expect(await unwritten('deleteSegment', { key: SEGMENT.key, dryRun: true })).toMatchObject({
      userErrors: [{ field: 'key', code: 'REFERENCED' }],
    });
  });

  it('shows where a rollout would stand, and starts none', async () => {
    expect(await unwritten('startRollout', { key: ROLLOUT.key, dryRun: true })).toMatchObject({
      rollout: { position: { token: '1.0.running' } },
    });
    const rollout = await api.ask('rollout', inProduction({ key: ROLLOUT.key }));
    expect(rollout).toMatchObject({ position: { state: 'draft' } });
  });

  it('makes no environment', async () => {
    const input = { key: 'dry', dryRun: true };
    expect(await api.do('createEnvironment', input)).toMatchObject({
      revision: null,
      environment: { key: 'dry' },
    });
    expect(await api.ask('environment', { environment: 'dry' })).toBeNull();
    expect(await api.mutate('createEnvironment', { ...input, key: ENVIRONMENT })).toMatchObject({
      environment: null,
      userErrors: [{ field: 'key', code: 'DUPLICATE_KEY' }],
    });
  });

  it('is not remembered under its idempotency key', async () => {
    const input = { key: 'later', idempotencyKey: 'dry-first' };
    await unwritten('createFlag', { ...input, dryRun: true });
    expect((await api.do('createFlag', inProduction(input))).revision).toBe(await revision());
  });
});

describe('expectedRevision', () => {
  it('lets a write through on what was read, and refuses it on what was written since', async () => {
    const { flag } = await api.do('createFlag', inProduction({ key: 'read' }));
    const read = (flag as { revision: number }).revision;
    const first = await api.do(
      'updateFlag',
      inProduction({ key: 'read', owner: 'a', expectedRevision: read }),
    );
    expect(flagOf(first)).toMatchObject({ owner: 'a', revision: first.revision });
    const payload = await unwritten('updateFlag', { key: 'read', owner: 'b', expectedRevision: read });
    expect(payload).toMatchObject({
      flag: null,
      userErrors: [{ field: 'expectedRevision', code: 'STALE_REVISION' }],
    });
    expect(payload.userErrors[0]?.message).toContain(`revision ${first.revision}`);
  });

  it('left out, lets many writers at once each do their own', async () => {
    await api.do('createFlag', inProduction({ key: 'shared' }));
    const rules = Array.from({ length: 6 }, (_, index) => ({
      id: `r${index}`,
      condition: { all: [] },
      serve: { variant: 'on' },
    }));
    await Promise.all(rules.map((rule) => api.do('addFlagRule', inProduction({ key: 'shared', rule }))));
    const flag = await api.ask<{ rules: object[] }>('flag', inProduction({ key: 'shared' }));
    expect(flag.rules).toHaveLength(6);
  });
});

describe('applyChanges', () => {
  const flag = { type: 'boolean', variants: { on: true, off: false } };
  const using = {
    ...flag,
    rules: [{ id: 'a', condition: { operator: 'inSegment', value: 'later-seg' }, serve: { variant: 'on' } }],
  };

  it('writes all in one change, in any order', async () => {
    const before = await revision();
    const changes = [
      { kind: 'flag', key: 'uses', value: using },
      {
        kind: 'flag',
        key: 'on-uses',
        value: { ...flag, prerequisites: [{ flag: 'uses', variants: ['on'] }] },
      },
      { kind: 'segment', key: 'later-seg', value: {} },
    ];
    expect(await api.do('applyChanges', inProduction({ changes }))).toMatchObject({ revision: before + 1 });
    const { changes: told } = await api.ask<{ changes: { documents: object[] }[] }>(
      'history',
      inProduction({ first: 1 }),
    );
    expect(told[0]?.documents).toHaveLength(3);
    const back = ['uses', 'on-uses'].map((key) => ({ kind: 'flag', key, value: null }));
    const gone = [{ kind: 'segment', key: 'later-seg', value: null }, ...back];
    expect(await api.do('applyChanges', inProduction({ changes: gone }))).toMatchObject({
      revision: before + 2,
    });
  });

  it('writes none where one is bad, and names each fault by its place', async () => {
    const changes = [
      { kind: 'flag', key: 'fine', value: flag },
      { kind: 'flag', key: 'bad', value: { ...flag, defaultVariant: 'none', colour: 'red' } },
      { kind: 'segment', key: 'nowhere', value: null },
    ];
    const { userErrors } = await unwritten('applyChanges', { changes });
    expect(userErrors.map(({ field, code }) => [field, code])).toEqual([
      ['changes.1.value.colour', 'INVALID_INPUT'],
      ['changes.1.value.defaultVariant', 'DANGLING_REFERENCE'],
      ['changes.2.key', 'NOT_FOUND'],
    ]);
    expect(await api.ask('flag', inProduction({ key: 'fine' }))).toBeNull();
  });

  it.each<[string, Arguments, string, string]>([
    [
      'one document twice',
      { kind: 'flag', key: 'fine', value: { ...flag, owner: 'x' } },
      'changes.1.key',
      'DUPLICATE_KEY',
    ],
    ['no value at all', { kind: 'flag', key: 'x' }, 'changes.1.value', 'INVALID_INPUT'],
    ['no document', { kind: 'flag', key: 'x', value: 'text' }, 'changes.1.value', 'INVALID_INPUT'],
    [
      'another key inside',
      { kind: 'flag', key: 'x', value: { ...flag, key: 'y' } },
      'changes.1.key',
      'INVALID_INPUT',
    ],
    [
      'a stale revision',
      { kind: 'flag', key: 'x', value: flag, expectedRevision: 9 },
      'changes.1.expectedRevision',
      'STALE_REVISION',
    ],
    [
      'a dangling reference',
      { kind: 'flag', key: 'x', value: using },
      'changes.1.value.rules.0.condition.value',
      'DANGLING_REFERENCE',
    ],
  ])('refuses %s', async (_, change, field, code) => {
    const changes = [{ kind: 'flag', key: 'fine', value: flag }, change];
    const { userErrors } = await unwritten('applyChanges', { changes });
    expect(userErrors).toEqual([expect.objectContaining({ field, code })]);
  });

  it('refuses more than 500 at once', async () => {
    const changes = Array.from({ length: 501 }, (_, index) => ({
      kind: 'flag',
      key: `n${index}`,
      value: flag,
    }));
    expect((await unwritten('applyChanges', { changes })).userErrors).toMatchObject([
      { field: 'changes', code: 'TOO_LARGE' },
    ]);
  });
});

describe('a document that others refer to', () => {
  it.each([
    ['deleteSegment', SEGMENT.key, `rollout "${ROLLOUT.key}" (steps.0.audience)`],
    ['deleteFlag', FLAG.key, `guard "${GUARD.key}" (events.flag)`],
    ['deleteGuard', GUARD.key, `rollout "${ROLLOUT.key}" (guards.0)`],
  ])('is kept by %s, which names who does', async (name, key, who) => {
    const { userErrors } = await unwritten(name, { key });
    expect(userErrors).toMatchObject([{ field: 'key', code: 'REFERENCED' }]);
    expect(userErrors[0]?.message).toContain(who);
  });
});

describe('a route', () => {
  beforeAll(() => api.do('createEnvironment', { key: 'staging' }));

  it('may not have the service of a route in another environment', async () => {
    const input = { ...ROUTE, environment: 'staging' };
    const payload = await api.mutate('createRoute', input);
    expect(payload).toMatchObject({ route: null, userErrors: [{ field: 'service', code: 'HOST_TAKEN' }] });
    expect(payload.userErrors[0]?.message).toContain(`environment "${ENVIRONMENT}"`);
    const { key, ...value } = ROUTE;
    const changes = [{ kind: 'route', key, value: { ...value, salt: key } }];
    expect(await api.mutate('applyChanges', { environment: 'staging', changes })).toMatchObject({
      userErrors: [{ field: 'changes.0.value.service', code: 'HOST_TAKEN' }],
    });
    expect(await revision('staging')).toBe(1);
  });
});

describe('null', () => {
  it('in a new document is as not given', async () => {
    const nothing = { description: null, owner: null, tags: null, rules: null, type: null, variants: null };
    const bare = await api.do('createFlag', inProduction({ key: 'bare' }));
    const nulls = await api.do('createFlag', inProduction({ key: 'nulls', ...nothing, expiresAt: null }));
    expect(flagOf(nulls)).toEqual({ ...flagOf(bare), key: 'nulls', revision: nulls.revision });
    const none = await api.do('createFlag', inProduction({ key: 'no-default', defaultVariant: null }));
    expect(flagOf(none)).toMatchObject({ defaultVariant: null, offVariant: 'off' });
  });

  it('takes away what may be absent', async () => {
    const full = { key: 'full', description: 'd', owner: 'o', expiresAt: '2030-01-01T00:00:00Z' };
    await api.do('createFlag', inProduction(full));
    const nulls = { key: 'full', description: null, owner: null, expiresAt: null, defaultVariant: null };
    expect(flagOf(await api.do('updateFlag', inProduction(nulls)))).toMatchObject({
      description: '',
      owner: '',
      expiresAt: null,
      defaultVariant: null,
      offVariant: 'off',
    });
    const guard = { margin: null, threshold: 0.1, description: null };
    expect(await api.do('updateGuard', inProduction({ key: GUARD.key, ...guard }))).toMatchObject({
      guard: { margin: null, threshold: 0.1, description: '' },
    });
  });

  it.each([
    ['updateFlag', FLAG.key, 'variants'],
    ['updateFlag', FLAG.key, 'tags'],
    ['updateFlag', FLAG.key, 'lifetime'],
    ['updateFlag', FLAG.key, 'targets'],
    ['updateFlag', FLAG.key, 'prerequisites'],
    ['updateSegment', SEGMENT.key, 'rules'],
    ['updateSegment', SEGMENT.key, 'included'],
    ['updateRoute', ROUTE.key, 'service'],
    ['updateRoute', ROUTE.key, 'gateways'],
    ['updateRoute', ROUTE.key, 'default'],
    ['updateRoute', ROUTE.key, 'mesh'],
    ['updateGuard', GUARD.key, 'alpha'],
    ['updateRollout', ROLLOUT.key, 'steps'],
    ['updateRollout', ROLLOUT.key, 'guards'],
    ['updateRollout', ROLLOUT.key, 'salt'],
  ])('is refused by %s of %s for %s, by that name', async (name, key, field) => {
    const { userErrors } = await unwritten(name, { key, [field]: null });
    expect(userErrors).toContainEqual(expect.objectContaining({ field, code: 'INVALID_INPUT' }));
  });
});

describe('history', () => {
  interface Page {
    readonly changes: readonly { readonly revision: number; readonly documents: readonly Arguments[] }[];
    readonly more: boolean;
  }

  it('is told newest first, page by page, whole', async () => {
    const seen: number[] = [];
    for (let before: number | null = null; ;) {
      const page: Page = await api.ask<Page>('history', inProduction({ first: 7, before }));
      seen.push(...page.changes.map((change) => change.revision));
      before = seen.at(-1) ?? null;
      if (!page.more) break;
      expect(page.changes).toHaveLength(7);
    }
    const latest = await revision();
    expect(seen).toEqual(Array.from({ length: latest }, (_, index) => latest - index));
  });

  it('is narrowed to one document, with before and after', async () => {
    const page = await api.ask<Page>('history', inProduction({ document: 'flag/read' }));
    expect(page.changes).toMatchObject([
      {
        actor: 'token:first-admin',
        documents: [{ key: 'read', before: { owner: '' }, after: { owner: 'a' } }],
      },
      { documents: [{ key: 'read', before: null, after: { owner: '' } }] },
    ]);
    for (const act of ['startRollout', 'abortRollout']) await api.do(act, inProduction({ key: ROLLOUT.key }));
    const acts = await api.ask('history', inProduction({ document: `rollout/${ROLLOUT.key}` }));
    expect(acts).toMatchObject({
      changes: [{ event: { kind: 'abort' } }, { event: { kind: 'start', subject: 'rollout/rollout' } }, {}],
    });
  });

  it.each([{ document: 'nonsense' }, { document: 'token/first-admin' }, { first: 0 }, { first: 201 }])(
    'refuses %j',
    async (args) => {
      const { errors } = await api.call('history', inProduction(args));
      const [field] = Object.keys(args);
      expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', field } }]);
    },
  );
});

describe('a store that is empty though it should not be', () => {
  it('is written to again once a person confirms that it is right', async () => {
    await redis.restart({ empty: true });
    await expectSoon(() => api.mutate('createFlag', inProduction({ key: 'lost' })), 'STORE_LOST');
    expect(await api.ask('flag', inProduction(FLAG))).toMatchObject({ key: FLAG.key });
    await api.do('confirmStoreEmpty', { environment: null, reason: 'It was emptied on purpose' });
    expect(await api.ask('flag', inProduction(FLAG))).toBeNull();
    const tokens = await api.ask<object[]>('tokens');
    expect(tokens).toContainEqual(expect.objectContaining({ key: 'first-admin' }));
    expect((await api.do('createFlag', inProduction({ key: 'anew' }))).revision).toBe(await revision());
  }, 30_000);
});

describe('a store that is away', () => {
  it('is told by code and without its address; what is known is still answered', async () => {
    await redis.kill();
    await expectSoon(() => api.mutate('createFlag', inProduction({ key: 'away' })), 'STORE_UNAVAILABLE');
    const input = inProduction({ key: 'away', reason: 'For a test' });
    const { status, errors } = await api.call('createFlag', { input });
    expect([status, errors[0]?.extensions]).toEqual([200, { code: 'STORE_UNAVAILABLE', field: null }]);
    expect(errors[0]?.message).not.toMatch(/ECONN|127\.0|redis|ioredis|stream/i);
    expect(await api.ask('flag', inProduction({ key: 'anew' }))).toMatchObject({ key: 'anew' });
    const response = await fetch(`${app.url}/readyz`);
    expect([response.status, await response.json()]).toEqual([
      503,
      { status: 'not ready', code: 'STORE_UNAVAILABLE', message: expect.stringMatching(/^The store/) },
    ]);
    await redis.run();
    await expectSoon(() => api.do('createFlag', inProduction({ key: 'back' })), 'none');
  }, 30_000);
});

async function expectSoon(attempt: () => Promise<unknown>, code: string): Promise<void> {
  for (const end = Date.now() + 20_000; ;) {
    const failure = await attempt().then(
      () => 'none',
      (error: Error) => error.message,
    );
    if (failure.includes(code)) return;
    if (Date.now() > end) throw new Error(`instead of ${code}: ${failure}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
