import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { ReconciledShop } from '../../test/support/reconciled-shop.js';

Logger.overrideLogger(false);

const versions = { v1: { version: 'v1' }, v2: { version: 'v2' }, v3: { version: 'v3' } };
const ruleTo = (version: string) => ({
  id: `to-${version}`,
  condition: { attribute: ['request', 'headers', version], operator: 'equals' as const, value: '1' },
  serve: { version },
});

let shop: ReconciledShop;

beforeEach(async () => {
  shop = await ReconciledShop.open();
}, 20_000);

afterEach(() => shop.close());

it.each([[['v2', 'v3']], [['v3', 'v2']]])(
  'a second version that dies is spared as well, and both come back: rules in the order %p',
  async (order) => {
    const leader = await shop.newLeader();
    shop.mesh.ready = { v1: 1, v2: 1, v3: 1 };
    await shop.set({ versions, default: 'v1', rules: order.map(ruleTo) });
    await leader.reconcile('shop');
    for (const { ready, spared } of [
      { ready: { v1: 1, v2: 0, v3: 1 }, spared: ['v2'] },
      { ready: { v1: 1, v2: 0, v3: 0 }, spared: ['v2', 'v3'] },
      { ready: { v1: 1, v2: 1, v3: 0 }, spared: ['v3'] },
      { ready: { v1: 1, v2: 1, v3: 1 }, spared: [] },
    ]) {
      shop.mesh.ready = ready;
      await leader.reconcile('shop');
      expect(await shop.status()).toMatchObject({ phase: 'applied', error: null, spared });
      for (const version of ['v2', 'v3'])
        expect((await shop.written()).includes(`subset: tg-${version}`)).toBe(!spared.includes(version));
    }
  },
);
