import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../mesh/testbed/eventually.js';
import { type Api, type Arguments, ROOT_FIELDS } from '../support/api.js';
import {
  ELSEWHERE,
  ENVIRONMENT,
  FLAG,
  GUARD,
  inProduction,
  ROLLOUT,
  ROUTE,
  SEGMENT,
} from '../support/api-samples.js';
import { App } from '../support/app.js';

let app: App;
let api: Api;

beforeAll(async () => {
  app = await App.start();
  api = app.api();
}, 60_000);

afterAll(() => app?.stop());

/** Runs a mutation in production and gives the document that it answers with, of the kind that its payload names. */
async function make(name: string, input: Arguments): Promise<Arguments> {
  const { userErrors, warnings, revision, ...rest } = await api.do(name, inProduction(input));
  expect([userErrors, warnings, typeof revision]).toEqual([[], expect.any(Array), 'number']);
  const [document] = Object.values(rest);
  return document as Arguments;
}

function ids(rules: unknown): string[] {
  return (rules as { id: string }[]).map(({ id }) => id);
}

const ALL = { all: [] };

// In the order written: each part stands on those before it.
describe('the admin API', () => {
  it('creates and lists environments, sets who vouches for users and who is told, and has gateways ask the edge', async () => {
    expect(await api.do('createEnvironment', { key: ENVIRONMENT, description: 'Live' })).toMatchObject({
      revision: 1,
      environment: { description: 'Live', identity: null, webhooks: [], settingsRevision: 1 },
    });
    const identity = {
      issuer: 'https://id.example.com',
      jwksUri: 'https://id.example.com/jwks',
      pairs: [{ attribute: 'groups', claim: ['groups'] }],
    };
    expect(await make('setIdentity', { identity })).toMatchObject({
      identity: { ...identity, algorithms: ['RS256', 'ES256'], audience: null, jwks: null },
      revision: 2,
      settingsRevision: 2,
    });
    const webhooks = [{ url: 'https://hooks.example.com/x', secretRef: 'env:HOOK', events: ['trip'] }];
    expect(await make('setWebhooks', { webhooks, expectedRevision: 2 })).toMatchObject({ webhooks });
    expect(
      await api.mutate('setWebhooks', inProduction({ webhooks: [], expectedRevision: 2 })),
    ).toMatchObject({
      environment: null,
      userErrors: [{ field: 'expectedRevision', code: 'STALE_REVISION' }],
    });
    expect(await api.ask('environments')).toMatchObject([{ key: ENVIRONMENT, webhooks }]);
    expect(await api.ask('environment', { environment: ENVIRONMENT })).toMatchObject({
      identity,
      revision: 3,
    });
    expect(await api.ask('revision', { environment: ENVIRONMENT })).toBe(3);
    await make('setWebhooks', { webhooks: [] });
    const visitors = { secretRef: 'env:VISITORS', previousSecretRef: null, domain: 'example.com' };
    expect(await make('setVisitors', { visitors })).toMatchObject({ identity, visitors });
    expect(
      await make('setVersionTemplates', {
        templates: [{ steps: [{ weight: 100_000 }], scaleDownAfter: 60 }],
      }),
    ).toMatchObject({
      versionTemplates: [
        { routes: [], guards: [], holdback: 0, start: 'auto', newer: 'queue', scaleDownAfter: 60 },
      ],
    });
    expect(
      await api.mutate('setVersionTemplates', inProduction({ templates: [{ steps: [{ weight: 5_000 }] }] })),
    ).toMatchObject({
      userErrors: [{ field: 'versionTemplates.0.steps.0', code: 'LAST_STEP_NOT_FULL' }],
    });
    await make('setVersionTemplates', { templates: [] });
    const gateway = { name: 'public', namespace: 'edges', selector: { istio: 'gateway' }, provider: 'edge' };
    const { edge } = await api.do('installEdge', inProduction({ gateway, providerIsConfigured: true }));
    expect(await api.ask('gatewayEdge', inProduction({ gateway }))).toEqual(edge);
    await api.do('uninstallEdge', inProduction({ name: 'public', namespace: 'edges' }));
  });

  it('takes tokens and their revocation', async () => {
    await api.do('createToken', { key: 'sdk', kind: 'server', environments: [ENVIRONMENT] });
    expect(await api.ask('tokens')).toMatchObject([{ key: 'first-admin' }, { key: 'sdk', kind: 'server' }]);
    await api.do('revokeToken', { key: 'sdk' });
  });

  it('creates and edits segments', async () => {
    expect(await make('createSegment', SEGMENT)).toMatchObject({ ...SEGMENT, included: [], excluded: [] });
    expect(await make('updateSegment', { key: SEGMENT.key, description: 'Ours' })).toMatchObject({
      ...SEGMENT,
      description: 'Ours',
    });
    await make('createSegment', { key: 'friends', included: ['ada', 'bob'] });
    const change = { key: 'friends', include: ['cid'], exclude: ['bob'], forget: ['ada'] };
    expect(await make('changeSegmentKeys', change)).toMatchObject({ included: ['cid'], excluded: ['bob'] });
    expect(await make('deleteSegment', { key: 'friends' })).toBeNull();
    expect(await api.ask('segment', inProduction({ key: 'friends' }))).toBeNull();
    expect(await api.ask('segment', inProduction({ key: SEGMENT.key }))).toMatchObject({
      description: 'Ours',
    });
  });

  it('creates and edits flags', async () => {
    expect(await make('createFlag', FLAG)).toMatchObject({
      type: 'boolean',
      variants: { on: true, off: false },
      enabled: false,
      defaultVariant: 'off',
      offVariant: 'off',
    });
    expect(await make('updateFlag', { ...FLAG, owner: 'shop', tags: ['checkout'] })).toMatchObject({
      owner: 'shop',
      tags: ['checkout'],
    });
    expect(await make('enableFlag', FLAG)).toMatchObject({ enabled: true });
    expect(await make('disableFlag', FLAG)).toMatchObject({ enabled: false });
    const split = {
      arms: [
        { variant: 'on', weight: 30_000 },
        { variant: 'off', weight: 70_000 },
      ],
    };
    const rule = { id: 'a', condition: ALL, serve: { split, variant: null } };
    expect(await make('addFlagRule', { ...FLAG, rule })).toMatchObject({
      rules: [{ id: 'a', serve: { split: { ...split, salt: FLAG.key, bucketBy: ['targetingKey'] } } }],
    });
    const second = { id: 'b', description: null, condition: ALL, serve: { variant: 'on', split: null } };
    expect(ids((await make('addFlagRule', { ...FLAG, rule: second, at: 0 }))['rules'])).toEqual(['b', 'a']);
    expect(ids((await make('moveFlagRule', { ...FLAG, rule: 'b', to: 1 }))['rules'])).toEqual(['a', 'b']);
    const arms = [
      { variant: 'on', weight: 0 },
      { variant: 'off', weight: 100_000 },
    ];
    expect(await make('setFlagSplit', { ...FLAG, rule: 'a', arms })).toMatchObject({
      rules: [{ serve: { split: { arms, salt: FLAG.key } } }, { id: 'b' }],
    });
    const replaced = { ...second, description: 'All of them' };
    expect(await make('replaceFlagRule', { ...FLAG, rule: replaced })).toMatchObject({
      rules: [{ id: 'a' }, { id: 'b', description: 'All of them' }],
    });
    expect(await make('removeFlagRule', { ...FLAG, rule: 'a' })).toMatchObject({ rules: [{ id: 'b' }] });
    expect(await make('removeFlagRule', { ...FLAG, rule: 'b' })).toMatchObject({ rules: [] });
    await make('createFlag', { key: 'gone', type: 'string', variants: { a: 'x' } });
    expect(await make('archiveFlag', { key: 'gone' })).toMatchObject({ archived: true });
    expect(await make('restoreFlag', { key: 'gone' })).toMatchObject({ archived: false });
    expect(await make('deleteFlag', { key: 'gone' })).toBeNull();
    expect(await api.ask('flag', inProduction(FLAG))).toMatchObject({ owner: 'shop' });
  });

  it('creates and edits routes', async () => {
    expect(await make('createRoute', ROUTE)).toMatchObject({
      ...ROUTE,
      port: 80,
      mesh: true,
      salt: ROUTE.key,
    });
    const { key } = ROUTE;
    const edit = { port: 8080, http: { timeout: '2s' }, mirror: { version: 'v2', percent: 5 } };
    expect(await make('updateRoute', { key, ...edit })).toMatchObject({ ...edit, default: 'v1' });
    expect(await make('closeRoute', { key, version: 'v2' })).toMatchObject({ closed: 'v2' });
    expect(await make('openRoute', { key })).toMatchObject({ closed: null });
    const split = {
      arms: [
        { version: 'v2', weight: 1_000 },
        { version: 'v1', weight: 9_000 },
      ],
    };
    const condition = { attribute: ['request', 'headers', 'x-beta'], operator: 'equals', value: '1' };
    const rule = { id: 'a', condition, serve: { split, version: null } };
    expect(await make('addRouteRule', { key, rule })).toMatchObject({ rules: [{ serve: { split } }] });
    const second = { id: 'b', condition, serve: { version: 'v2' }, http: { timeout: '1s' } };
    expect(ids((await make('addRouteRule', { key, rule: second, at: 0 }))['rules'])).toEqual(['b', 'a']);
    expect(ids((await make('moveRouteRule', { key, rule: 'b', to: 1 }))['rules'])).toEqual(['a', 'b']);
    const arms = [
      { version: 'v2', weight: 5_000 },
      { version: 'v1', weight: 5_000 },
    ];
    expect(await make('setRouteSplit', { key, rule: 'a', arms })).toMatchObject({
      rules: [{ serve: { split: { arms } } }, { id: 'b' }],
    });
    expect(
      await make('replaceRouteRule', { key, rule: { ...second, serve: { version: 'v1' } } }),
    ).toMatchObject({
      rules: [{ id: 'a' }, { id: 'b', serve: { version: 'v1', split: null }, http: second.http }],
    });
    await make('removeRouteRule', { key, rule: 'a' });
    expect(await make('removeRouteRule', { key, rule: 'b' })).toMatchObject({ rules: [] });
    await eventually(async () => {
      const route = await api.ask('route', inProduction({ key }));
      expect(route).toMatchObject({ status: { phase: 'applied', observed: true, error: null } });
    });
    await make('createRoute', { ...ROUTE, key: 'gone', service: 'gone.shop.svc.cluster.local' });
    expect(await make('deleteRoute', { key: 'gone' })).toBeNull();
  });

  it('creates and edits guards', async () => {
    expect(await make('createGuard', GUARD)).toMatchObject({
      events: { ...GUARD.events, total: 'exposures' },
      alpha: 0.01,
      records: [],
    });
    const { key } = GUARD;
    expect(await make('updateGuard', { key, margin: 3 })).toMatchObject({ margin: 3, threshold: null });
    const standing = { flag: FLAG.key, route: null, new: 'on', control: 'off' };
    await make('createGuard', { ...GUARD, key: 'alone', target: standing });
    expect(await api.ask('guard', inProduction({ key: 'alone' }))).toMatchObject({ target: standing });
    expect(await make('deleteGuard', { key: 'alone' })).toBeNull();
  });

  it('creates and edits rollouts, and takes each act of a person', async () => {
    expect(await make('createRollout', ROLLOUT)).toMatchObject({
      steps: [{ audience: 'employees', hold: null }, { weight: 50_000 }, { weight: 100_000 }],
      position: { token: '0.0.draft', run: 0 },
    });
    const { key } = ROLLOUT;
    const expect1 = { key, expectedPosition: '0.0.draft' };
    expect(await make('updateRollout', { key, holdback: 1_000 })).toMatchObject({ holdback: 1_000 });
    const usual = { perSecond: 200, badShare: 0.01 };
    expect(await api.ask('rolloutOutlook', { environment: 'production', key, usual })).toMatchObject({
      falseTripsPer100: expect.any(Number),
      steps: expect.arrayContaining([
        expect.objectContaining({ step: 1, reach: '50 %', hold: null, guard: GUARD.key }),
        expect.objectContaining({ step: 0, trouble: expect.stringContaining('no share of everybody') }),
      ]),
    });
    for (const bad of [
      { perSecond: 0, badShare: 0 },
      { perSecond: 1, badShare: 1.5 },
    ]) {
      const { errors } = await api.call('rolloutOutlook', { environment: 'production', key, usual: bad });
      expect(errors[0]?.extensions).toMatchObject({
        code: 'INVALID_INPUT',
        field: expect.stringMatching('usual'),
      });
    }
    expect(await make('startRollout', expect1)).toMatchObject({ position: { token: '1.0.running' } });
    expect(await api.mutate('startRollout', inProduction(expect1))).toMatchObject({
      rollout: null,
      userErrors: [{ field: 'expectedPosition', code: 'STALE_REVISION' }],
    });
    expect(await make('pauseRollout', { key })).toMatchObject({ position: { token: '1.0.paused' } });
    expect(await make('resumeRollout', { key })).toMatchObject({ position: { token: '1.0.running' } });
    expect(await make('promoteRollout', { key })).toMatchObject({ position: { token: '1.1.running' } });
    expect(await api.ask('flag', inProduction(FLAG))).toMatchObject({
      enabled: true,
      rules: [{ id: 'rollout:rollout:audience' }, { id: 'rollout:rollout:split' }],
    });
    expect(await make('abortRollout', { key })).toMatchObject({ position: { token: '1.1.aborted' } });
    expect(await api.ask('rollout', inProduction({ key }))).toMatchObject({ position: { state: 'aborted' } });
    await make('createRollout', {
      ...ROLLOUT,
      key: 'gone',
      steps: null,
      template: 'dogfood',
      audience: 'employees',
    });
    expect(await make('deleteRollout', { key: 'gone' })).toBeNull();
  });

  it('explains flags and routes step by step', async () => {
    const context = { targetingKey: 'ada', verified: { groups: ['employees'] } };
    const rule = {
      id: 'staff',
      condition: { operator: 'inSegment', value: 'employees' },
      serve: { variant: 'on' },
    };
    await make('addFlagRule', { ...FLAG, rule });
    const flag = await api.ask('explain', inProduction({ flag: FLAG.key, context }));
    expect(flag).toMatchObject({ resolution: { value: true, variant: 'on', reason: 'TARGETING_MATCH' } });
    expect(JSON.stringify(flag)).toContain('"staff"');
    const other = await api.ask(
      'explain',
      inProduction({ flag: FLAG.key, context: { targetingKey: 'bob' } }),
    );
    expect(other).toMatchObject({ resolution: { value: false } });
    const route = await api.ask('explain', inProduction({ route: ROUTE.key, context }));
    expect(route).toMatchObject({ resolution: { version: 'v1' } });
    await make('disableFlag', FLAG);
  });

  it('lists by filter, in pages', async () => {
    for (const key of ['f1', 'f2', 'f3']) await make('createFlag', { key, tags: ['paged'], owner: 'pages' });
    await make('createFlag', { key: 'f4', type: 'string', variants: { a: 'x' }, lifetime: 'permanent' });
    const keysOf = async (list: string, args: Arguments): Promise<string[]> => {
      const { edges } = await api.ask<{ edges: { node: { key: string } }[] }>(list, inProduction(args));
      return edges.map(({ node }) => node.key);
    };
    const first = await api.ask('flags', inProduction({ filter: { tag: 'paged' }, first: 2 }));
    expect(first).toMatchObject({
      edges: [{ node: { key: 'f1' } }, { node: { key: 'f2' } }],
      pageInfo: { hasNextPage: true, endCursor: 'f2' },
      totalCount: 3,
    });
    await make('deleteFlag', { key: 'f2' });
    const next = await api.ask('flags', inProduction({ filter: { tag: 'paged' }, first: 2, after: 'f2' }));
    expect(next).toMatchObject({ edges: [{ node: { key: 'f3' } }], pageInfo: { hasNextPage: false } });
    expect(await keysOf('flags', { filter: { type: 'string' } })).toEqual(['f4']);
    expect(await keysOf('flags', { filter: { lifetime: 'permanent', type: null } })).toEqual(['f4']);
    expect(await keysOf('flags', { filter: { owner: 'pages' } })).toEqual(['f1', 'f3']);
    expect(await keysOf('flags', { filter: { text: 'CHECK', enabled: false } })).toEqual([FLAG.key]);
    expect(await keysOf('flags', { filter: { tag: 'nothing' } })).toEqual([]);
    expect(await keysOf('segments', { filter: { text: 'ours' } })).toEqual([SEGMENT.key]);
    expect(await keysOf('routes', { filter: { service: ROUTE.service } })).toEqual([ROUTE.key]);
    expect(await keysOf('guards', { filter: { source: 'prometheus' } })).toEqual([]);
    expect(await keysOf('guards', { filter: { source: 'events', text: 'errors' } })).toEqual([GUARD.key]);
    expect(await keysOf('rollouts', { filter: { state: 'aborted', flag: FLAG.key } })).toEqual([ROLLOUT.key]);
    expect(await keysOf('rollouts', { filter: { route: ROUTE.key } })).toEqual([]);
  });

  it('applies changes, tells history, and confirms an empty store, which is without effect on one that is not', async () => {
    const changes = [{ kind: 'segment', key: 'late', value: { rules: [] } }];
    const { revision } = await api.do('applyChanges', inProduction({ changes }));
    const { changes: told } = await api.ask<{ changes: Arguments[] }>('history', inProduction({ first: 1 }));
    expect(told).toMatchObject([
      {
        revision,
        actor: 'token:first-admin',
        reason: 'For a test',
        documents: [{ key: 'late', before: null }],
      },
    ]);
    const diff = await api.ask('diff', inProduction({ from: Number(revision) - 1 }));
    expect(diff).toMatchObject({ documents: [{ key: 'late', before: null, revisions: [revision] }] });
    await api.do('createEnvironment', { key: 'staging' });
    const two = { from: ENVIRONMENT, to: 'staging' };
    const documents = [{ kind: 'segment', key: 'late' }];
    expect(await api.do('promoteChanges', { ...two, documents })).toMatchObject({
      documents: [{ key: 'late' }],
    });
    expect(await api.ask('compareEnvironments', { ...two, filter: { key: 'late' } })).toMatchObject({
      same: 1,
    });
    await api.do('revert', { environment: 'staging', revision: 2 });
    expect(await api.ask('segment', { environment: 'staging', key: 'late' })).toBeNull();
    const later = { key: 'later', changes: [{ kind: 'segment', key: 'late', value: null }] };
    const [applyAt, sooner] = ['2090-01-01T00:00:00Z', new Date(Date.now() + 3_600_000).toISOString()];
    const refused = await api.mutate('scheduleChange', inProduction({ ...later, applyAt }));
    expect(refused).toMatchObject({ userErrors: [{ field: 'applyAt', code: 'INVALID_INPUT' }] });
    const kept = { scheduledChange: { key: 'later', status: 'pending', actor: 'token:first-admin' } };
    expect(await api.do('scheduleChange', inProduction({ ...later, applyAt: sooner }))).toMatchObject(kept);
    expect(await api.do('rescheduleChange', inProduction({ key: 'later', within: 60 }))).toMatchObject({
      scheduledChange: { within: 60, applyAt: sooner, changes: later.changes },
    });
    await api.do('cancelScheduledChange', inProduction({ key: 'later' }));
    expect(await api.ask('scheduledChanges', inProduction({ status: 'cancelled' }))).toMatchObject({
      totalCount: 1,
      edges: [{ node: { key: 'later', status: 'cancelled' } }],
    });
    const stands = await api.ask('revision', { environment: ENVIRONMENT });
    await api.do('confirmStoreEmpty', { environment: null });
    expect(await api.ask('revision', { environment: ENVIRONMENT })).toBe(stands);
  });

  it('finds documents, and tells what a flag was used for', async () => {
    const discovered = await api.ask('discovery', { environment: ENVIRONMENT, route: ROUTE.key });
    expect(discovered).toMatchObject({ known: false, unknown: 'No cluster is configured.', versions: [] });
    const found = await api.ask<{ edges: { node: Arguments }[] }>('search', inProduction({ text: FLAG.key }));
    expect(found.edges[0]?.node).toMatchObject({ kind: 'flag', key: FLAG.key, match: 'exact', stale: null });
    expect(await api.ask('usage', inProduction({ flag: FLAG.key }))).toMatchObject({
      flag: FLAG.key,
      lastSeen: null,
      hours: [],
    });
  });

  it('has been called in every operation of its schema', () => {
    expect(ROOT_FIELDS.filter((field) => !api.called.has(field) && !ELSEWHERE.has(field))).toEqual([]);
  });
});
