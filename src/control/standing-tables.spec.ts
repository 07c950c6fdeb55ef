import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ReconciledShop } from '../../test/support/reconciled-shop.js';
import { stateKey } from '../domain/image.js';

Logger.overrideLogger(false);

const versions = { v1: { version: 'v1' }, v2: { version: 'v2' }, v3: { version: 'v3' } };
const qa = (version: string) => ({
  id: 'qa',
  condition: { attribute: ['request', 'headers', 'qa'], operator: 'equals' as const, value: '1' },
  serve: { version },
});
const rollout = {
  id: 'rollout:go:split',
  condition: { all: [] },
  serve: {
    split: {
      arms: [
        { version: 'v2', weight: 5_000 },
        { version: 'v1', weight: 5_000 },
      ],
      otherwise: { arm: 'v1' },
    },
  },
};

let shop: ReconciledShop;

beforeEach(async () => {
  shop = await ReconciledShop.open();
}, 20_000);

afterEach(() => shop.close());

/** A rollout is under way, and an edit waits for version v3, which has no endpoints. */
async function withWaitingEdit(): Promise<void> {
  const first = await shop.newLeader();
  shop.mesh.ready = { v1: 1, v2: 1, v3: 0 };
  await shop.set({ versions, rules: [qa('v1'), rollout] });
  await first.reconcile('shop');
  await shop.set({ versions, rules: [qa('v3'), rollout] });
  await first.reconcile('shop');
  expect(await shop.status()).toMatchObject({ phase: 'pending', error: { code: 'NOT_READY' } });
}

describe('a new leader', () => {
  it('takes a rollout away at once though an edit of the route waits for an empty version', async () => {
    await withWaitingEdit();
    const next = await shop.newLeader();
    await shop.set({ versions, rules: [qa('v3')] });
    await next.reconcile('shop');
    const killed = await shop.written();
    expect(killed).not.toContain('rollout:go:split');
    expect(killed).toContain('name: qa');
    expect(killed).not.toContain('subset: tg-v3');
    expect(await shop.status()).toMatchObject({ phase: 'pending', error: { code: 'NOT_READY' } });
  });

  it('does so too where its forerunner died between the write to the mesh and its report', async () => {
    const first = await shop.newLeader();
    shop.mesh.ready = { v1: 1, v2: 1, v3: 0 };
    await shop.set({ versions, rules: [qa('v1')] });
    await first.reconcile('shop');
    await shop.set({ versions, rules: [qa('v1'), rollout] });
    shop.mesh.diesAfterWrite = true;
    await expect(first.reconcile('shop')).rejects.toThrow('died');
    shop.mesh.diesAfterWrite = false;
    expect(await shop.written()).toContain('rollout:go:split');
    await shop.set({ versions, rules: [qa('v3')] });
    const next = await shop.newLeader();
    await next.reconcile('shop');
    expect(await shop.written()).not.toContain('rollout:go:split');
  });

  it('takes away what has stood since before tables were kept, once it has seen it', async () => {
    const first = await shop.newLeader();
    await shop.set({ versions, rules: [qa('v1'), rollout] });
    await first.reconcile('shop');
    await shop.store.writeState('production', { key: stateKey.standing('shop'), value: null });
    const next = await shop.newLeader();
    await next.reconcile('shop');
    shop.mesh.ready = { v1: 1, v2: 1, v3: 0 };
    await shop.set({ versions, rules: [qa('v3')] });
    await next.reconcile('shop');
    expect(await shop.written()).not.toContain('rollout:go:split');
  });

  it('spares a version that died while nobody led, though an edit waits', async () => {
    await withWaitingEdit();
    shop.mesh.ready = { v1: 1, v2: 0, v3: 0 };
    const next = await shop.newLeader();
    await next.reconcile('shop');
    expect(await shop.written()).not.toContain('subset: tg-v2');
    expect(await shop.status()).toMatchObject({ phase: 'pending', spared: ['v2'] });
  });
});

describe('the table that stands', () => {
  it('is written once for each table, not at each look', async () => {
    const leader = await shop.newLeader();
    await shop.set({ versions, rules: [qa('v1'), rollout] });
    await leader.reconcile('shop');
    const { states } = await shop.store.image('production');
    const first = states.get(stateKey.standing('shop'))?.revision;
    expect(first).toBe(1);
    await leader.reconcile('shop');
    await (await shop.newLeader()).reconcile('shop');
    const after = await shop.store.image('production');
    expect(after.states.get(stateKey.standing('shop'))?.revision).toBe(first);
  });

  it('is forgotten with the route', async () => {
    const leader = await shop.newLeader();
    await shop.set({ versions, rules: [qa('v1'), rollout] });
    await leader.reconcile('shop');
    expect(await shop.state(stateKey.standing('shop'))).toBeDefined();
    await shop.set(null);
    await leader.reconcile('shop');
    expect(await shop.state(stateKey.standing('shop'))).toBeUndefined();
  });

  it('refuses a leader that lost its lease over its first write, when that tries again', async () => {
    const leader = await shop.newLeader();
    await shop.set({ versions, rules: [qa('v1'), rollout] });
    const written: string[] = [];
    shop.mesh.apply = async (table, writing) => {
      await writing?.announce?.();
      await shop.newLeader();
      await writing?.announce?.();
      written.push(table.revision);
    };
    await expect(leader.reconcile('shop')).rejects.toMatchObject({ code: 'STALE_LEASE' });
    expect(written).toEqual([]);
  });

  it('lets a leader that lost its lease take nothing away of a deleted route', async () => {
    const leader = await shop.newLeader();
    await shop.set({ versions, rules: [qa('v1')] });
    await leader.reconcile('shop');
    await shop.set(null);
    await shop.newLeader();
    await expect(leader.reconcile('shop')).rejects.toMatchObject({ code: 'STALE_LEASE' });
    expect(shop.mesh.released).toEqual([]);
  });
});
