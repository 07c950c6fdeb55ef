import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Route } from '@tidegate/sdk/engine';
import { CountedMesh } from '../../test/support/counted-mesh.js';
import { routeOf } from '../../test/support/image.js';
import { leadEnvironment } from '../../test/support/led-environment.js';
import { EmbeddedStore } from '../adapters/store/embedded/embedded-store.js';
import type { StateEdit } from '../domain/change.js';
import { stateKey } from '../domain/image.js';
import type { RouteStatus } from '../domain/route-status.js';
import { RouteReconciliation } from './route-reconciliation.js';

Logger.overrideLogger(false);

const ENVIRONMENT = 'production';
let folder: string;
let store: EmbeddedStore;
let mesh: CountedMesh;
let ended: AbortController;
let reconciliation: RouteReconciliation;
/** A reconciliation under the other policy. */
let keeping: () => RouteReconciliation;
/** In ms. */
let now = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-routes-'));
  store = new EmbeddedStore({ path: join(folder, 'store') });
  await store.open();
  const lease = await leadEnvironment(store, ENVIRONMENT);
  mesh = new CountedMesh(join(folder, 'mesh'));
  ended = new AbortController();
  const term = { environment: ENVIRONMENT, lease, signal: ended.signal };
  reconciliation = new RouteReconciliation(store, mesh, term, 'control', () => now);
  keeping = () => new RouteReconciliation(store, mesh, term, 'keep');
  await set({});
}, 20_000);

afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

async function set(route: Partial<Route>): Promise<void> {
  const { documents } = await store.image(ENVIRONMENT);
  await store.commit(ENVIRONMENT, {
    edits: [routeOf({ key: 'shop', ...route })],
    expected: { 'route/shop': documents.get('route', 'shop')?.revision ?? 0 },
    actor: 'token:test',
    reason: 'set',
  });
}

async function remove(state: readonly StateEdit[]): Promise<void> {
  const { documents } = await store.image(ENVIRONMENT);
  const expected = { 'route/shop': documents.get('route', 'shop')?.revision ?? 0 };
  const edits = [{ kind: 'route' as const, key: 'shop', value: null }];
  await store.commit(ENVIRONMENT, { edits, state, expected, actor: 'token:test', reason: 'removed' });
}

async function status(): Promise<RouteStatus> {
  const { states } = await store.image(ENVIRONMENT);
  return states.get(stateKey.route('shop'))?.value as RouteStatus;
}

const versions = { v1: { version: 'v1' }, v2: { version: 'v2' }, v3: { version: 'v3' } };

/** A rollout's rule, all of it to v2. */
const toNew = { id: 'rollout:go:split', condition: { all: [] }, serve: { version: 'v2' } };

/** Requests with this header go to that version. */
const header = (name: string, version: string) => ({
  id: name,
  condition: { attribute: ['request', 'headers', name], operator: 'equals' as const, value: '1' },
  serve: { version },
});

/** Half of the users go to v2. */
const half: Route['rules'][number] = {
  id: 'half',
  condition: { all: [] },
  serve: {
    split: {
      arms: [
        { version: 'v2', weight: 5_000 },
        { version: 'v1', weight: 5_000 },
      ],
    },
  },
};

const withoutRevision = (text: string): string => text.replaceAll(/revision: .*/g, '');
const written = (): Promise<string> => readFile(join(folder, 'mesh', `${ENVIRONMENT}.shop.yaml`), 'utf8');

describe('reconciling a route', () => {
  it('applies the table once and says so', async () => {
    await reconciliation.reconcile('shop');
    const first = await status();
    expect(first).toMatchObject({ phase: 'applied', observed: true, error: null, namespace: 'shop' });
    expect(first.applied).toBe(first.desired);
    await reconciliation.reconcile('shop');
    expect(mesh.applied).toBe(1);
    expect(await status()).toEqual(first);
  });

  it.each([
    [
      'a manager',
      'argocd-controller',
      'Field manager "argocd-controller" keeps changing VirtualService shop',
    ],
    ['somebody', '', 'Somebody whom the API server does not name keeps changing VirtualService shop'],
  ])(
    'yields to %s who undoes every repair, says so, and writes a change of the route all the same',
    async (_, rival, said) => {
      await reconciliation.reconcile('shop');
      mesh.rival = rival;
      for (let second = 0; second < 20; second++) {
        now += 1_000;
        await reconciliation.reconcile('shop');
      }
      expect(mesh.applied).toBe(6);
      expect(await status()).toMatchObject({
        phase: 'pending',
        observed: false,
        error: {
          code: 'CONFLICT',
          message: expect.stringContaining(said),
        },
      });
      await set({ closed: 'v2' });
      await reconciliation.reconcile('shop');
      expect(mesh.applied).toBe(7);
      mesh.rival = null;
      await reconciliation.reconcile('shop');
      expect(await status()).toMatchObject({ phase: 'applied', observed: true, error: null });
    },
  );

  it('never sends traffic to a version without ready endpoints, and follows when one is ready', async () => {
    await reconciliation.reconcile('shop');
    const before = await written();
    mesh.ready = { v1: 1, v2: 0 };
    await set({ closed: 'v2' });
    expect(await reconciliation.reconcile('shop')).toBe(1_000);
    expect(await written()).toBe(before);
    expect(await status()).toMatchObject({
      phase: 'pending',
      error: { code: 'NOTHING_TO_RETURN_TO', message: expect.stringContaining('"v2"') },
      ready: { v1: 1, v2: 0 },
    });
    mesh.ready = { v1: 1, v2: 1 };
    await reconciliation.reconcile('shop');
    expect(await status()).toMatchObject({ phase: 'applied', error: null });
    expect(await written()).not.toBe(before);
  });

  it('says NOT_READY where only a rule waits for endpoints, or nothing was applied yet', async () => {
    mesh.ready = { v1: 0, v2: 1 };
    await reconciliation.reconcile('shop');
    expect(await status()).toMatchObject({ phase: 'pending', applied: null, error: { code: 'NOT_READY' } });
    mesh.ready = { v1: 1, v2: 0 };
    await reconciliation.reconcile('shop');
    await set({ rules: [header('x-beta', 'v2')] });
    await reconciliation.reconcile('shop');
    expect(await status()).toMatchObject({ phase: 'pending', error: { code: 'NOT_READY' } });
  });

  it('takes a split away though an older rule sends to a version that died meanwhile', async () => {
    const condition = { attribute: ['request', 'headers', 'x-qa'], operator: 'equals', value: '1' } as const;
    const qa = { id: 'qa', condition, serve: { version: 'v2' } } as const;
    const arms = [
      { version: 'v2', weight: 5_000 },
      { version: 'v1', weight: 5_000 },
    ];
    const split = {
      id: 'half',
      condition: { all: [] },
      serve: { split: { arms, otherwise: { arm: 'v1' } } },
    };
    await set({ rules: [qa, split] });
    await reconciliation.reconcile('shop');
    mesh.ready = { v1: 2, v2: 0 };
    await set({ rules: [qa] });
    await reconciliation.reconcile('shop');
    expect(await status()).toMatchObject({ phase: 'applied', error: null });
    expect(await written()).not.toContain('half');
    await set({ rules: [] });
    mesh.ready = { v1: 0, v2: 0 };
    await reconciliation.reconcile('shop');
    expect(await status()).toMatchObject({ phase: 'pending', error: { code: 'NOTHING_TO_RETURN_TO' } });
    expect(await written()).toContain('name: qa');
  });

  it('takes a rollout away though another edit of the route still waits for its endpoints', async () => {
    const qa = (version: string) => header('qa', version);
    const arms = [
      { version: 'v2', weight: 5_000 },
      { version: 'v1', weight: 5_000 },
    ];
    const serve = { split: { arms, otherwise: { arm: 'v1' } } };
    const split = { id: 'rollout:go:split', condition: { all: [] }, serve };
    mesh.ready = { v1: 1, v2: 1, v3: 0 };
    await set({ versions, rules: [qa('v1'), split] });
    await reconciliation.reconcile('shop');
    await set({ versions, rules: [qa('v3'), split] });
    await reconciliation.reconcile('shop');
    expect(await written()).toContain('rollout:go:split');
    await set({ versions, rules: [qa('v3')] });
    await reconciliation.reconcile('shop');
    expect(await status()).toMatchObject({ phase: 'pending', error: { code: 'NOT_READY' } });
    const killed = await written();
    expect(killed).not.toContain('rollout:go:split');
    expect(killed).toContain('name: qa');
    const { applied } = mesh;
    await reconciliation.reconcile('shop');
    expect(mesh.applied).toBe(applied);
    mesh.ready = { v1: 1, v2: 1, v3: 1 };
    await reconciliation.reconcile('shop');
    expect(await status()).toMatchObject({ phase: 'applied', error: null });
  });

  it('never takes a rollout away towards an empty version, and completes it towards the new one', async () => {
    mesh.ready = { v1: 1, v2: 1, v3: 0 };
    await set({ versions, rules: [toNew] });
    await reconciliation.reconcile('shop');
    const before = await written();
    const qa = header('qa', 'v3');
    mesh.ready = { v1: 0, v2: 1, v3: 0 };
    await set({ versions, rules: [qa] });
    await reconciliation.reconcile('shop');
    expect(await written()).toBe(before);
    await set({ versions, rules: [qa], default: 'v2' });
    await reconciliation.reconcile('shop');
    expect(await written()).not.toContain('rollout:go:split');
    expect(await written()).not.toContain('subset: tg-v1');
  });

  it('sends no more requests to a version that is empty, though some go there already', async () => {
    await set({ rules: [header('x-first', 'v1'), header('x-qa', 'v2')] });
    await reconciliation.reconcile('shop');
    const before = await written();
    mesh.ready = { v1: 2, v2: 0 };
    await set({ rules: [header('x-qa', 'v2')] });
    await keeping().reconcile('shop');
    expect(await status()).toMatchObject({ phase: 'pending', error: { code: 'NOT_READY' } });
    expect(await written()).toBe(before);
    await reconciliation.reconcile('shop');
    expect(await status()).toMatchObject({ phase: 'pending', error: { code: 'NOT_READY' }, spared: ['v2'] });
    expect(await written()).toBe(before.replace('subset: tg-v2', 'subset: tg-v1'));
  });

  it('sends users of a version that lost its last endpoint to control, until one is back', async () => {
    await set({ rules: [half] });
    await reconciliation.reconcile('shop');
    const before = await written();
    mesh.ready = { v1: 2, v2: 0 };
    expect(await reconciliation.reconcile('shop')).toBe(1_000);
    expect(await status()).toMatchObject({ phase: 'applied', observed: true, error: null, spared: ['v2'] });
    expect(await written()).not.toContain('subset: tg-v2');
    await set({ rules: [half, { ...half, id: 'below' }] });
    await reconciliation.reconcile('shop');
    expect(await status()).toMatchObject({ phase: 'applied', spared: ['v2'] });
    const { applied } = mesh;
    await reconciliation.reconcile('shop');
    expect(mesh.applied).toBe(applied);
    await set({ rules: [half] });
    mesh.ready = { v1: 2, v2: 1 };
    await reconciliation.reconcile('shop');
    expect(await status()).toMatchObject({ phase: 'applied', spared: [] });
    expect(withoutRevision(await written())).toBe(withoutRevision(before));
  });

  it('lets them fail under the policy to keep, or where control is empty as well', async () => {
    await set({ rules: [half] });
    await reconciliation.reconcile('shop');
    const before = await written();
    mesh.ready = { v1: 2, v2: 0 };
    await keeping().reconcile('shop');
    expect(await written()).toBe(before);
    mesh.ready = { v1: 0, v2: 0 };
    await reconciliation.reconcile('shop');
    expect(await written()).toBe(before);
    expect(await status()).toMatchObject({ phase: 'applied', error: null, spared: [] });
  });

  it('writes nothing while the API server is away; its status grows old and says why', async () => {
    await reconciliation.reconcile('shop');
    const { checkedAt } = await status();
    mesh.down = true;
    await expect(reconciliation.reconcile('shop')).rejects.toMatchObject({ code: 'MESH_UNAVAILABLE' });
    expect(await status()).toMatchObject({ phase: 'failed', checkedAt, error: { code: 'MESH_UNAVAILABLE' } });
    expect(mesh.applied).toBe(1);
  });

  it('takes the objects out of a namespace that the route’s service left', async () => {
    await reconciliation.reconcile('shop');
    await set({ service: 'shop.elsewhere.svc.cluster.local' });
    await reconciliation.reconcile('shop');
    expect(await written()).toContain('namespace: elsewhere');
    expect(await written()).not.toContain('namespace: shop\n');
    expect(await status()).toMatchObject({ phase: 'applied', namespace: 'elsewhere' });
  });

  it('remembers the old namespace for as long as the table waits for endpoints in the new one', async () => {
    await reconciliation.reconcile('shop');
    await set({ service: 'shop.elsewhere.svc.cluster.local' });
    mesh.ready = { v1: 0, v2: 0 };
    await reconciliation.reconcile('shop');
    expect(await status()).toMatchObject({ phase: 'pending', namespace: 'shop' });
    mesh.ready = { v1: 1, v2: 1 };
    await reconciliation.reconcile('shop');
    expect(await status()).toMatchObject({ phase: 'applied', namespace: 'elsewhere' });
  });

  it('tells the mesh which version a deleted route returned to', async () => {
    await set({ default: 'v2' });
    await reconciliation.reconcile('shop');
    await remove([{ key: stateKey.route('shop'), value: { ...(await status()), phase: 'releasing' } }]);
    await reconciliation.reconcile('shop');
    expect(mesh.released).toEqual([{ home: 'v2' }]);
    const { states } = await store.image(ENVIRONMENT);
    expect([states.has(stateKey.route('shop')), states.has(stateKey.standing('shop'))]).toEqual([
      false,
      false,
    ]);
  });

  it('goes by nothing of a deleted route of the same key', async () => {
    mesh.ready = { v1: 1, v2: 1, v3: 0 };
    await set({ versions, rules: [header('x-old', 'v2'), toNew] });
    await reconciliation.reconcile('shop');
    expect(await written()).toContain('x-old');
    await remove([{ key: stateKey.route('shop'), value: { ...(await status()), phase: 'releasing' } }]);
    await reconciliation.reconcile('shop');
    const { applied } = mesh;
    await set({ versions, rules: [header('x-new', 'v3')] });
    await reconciliation.reconcile('shop');
    expect(await status()).toMatchObject({ phase: 'pending', error: { code: 'NOT_READY' } });
    expect(mesh.applied).toBe(applied);
  });

  it('leaves a route alone that is neither a document nor releasing', async () => {
    await reconciliation.reconcile('shop');
    const standing = await written();
    await remove([]);
    await reconciliation.reconcile('shop');
    expect(await written()).toBe(standing);
  });

  it('writes no status once another process leads', async () => {
    await store.releaseLease(ENVIRONMENT, 'control', 'test');
    await store.acquireLease(ENVIRONMENT, 'control', 'other', 60_000);
    await expect(reconciliation.reconcile('shop')).rejects.toMatchObject({ code: 'STALE_LEASE' });
    expect(await status()).toBeUndefined();
  });

  it('does nothing once its term has ended', async () => {
    ended.abort();
    await reconciliation.reconcile('shop');
    expect(mesh.applied).toBe(0);
  });
});
