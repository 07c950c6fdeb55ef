import { describe, expect, it } from '@jest/globals';
import { ATTRIBUTION_WINDOWS, cohortName, hashLimit, UNITS_PER_LEVEL } from '../../src/domain/units.js';
import { COUNT_WINDOW, type Store } from '../../src/ports/store.js';
import type { StoreGround } from './store-ground.js';

const SERIES = 'checkout|rollout:new:split|1';

/** All cohorts of the last minutes together, so that no test hangs on where windows end. */
async function countsOf(store: Store, scope: string, series = SERIES) {
  const now = Math.floor((await store.now()) / COUNT_WINDOW);
  const { assigned, cohorts } = await store.readUnits(scope, series, now - 60, now);
  const counts: { [name: string]: number } = {};
  for (const cohort of cohorts.values()) {
    for (const [name, count] of cohort) {
      const [variant = '', event = ''] = name.split('|');
      counts[`${variant} ${event}`] = (counts[`${variant} ${event}`] ?? 0) + count;
    }
  }
  return { assigned: Object.fromEntries(assigned), counts };
}

const exposed = (variant: string, units: readonly number[], share = 50_000) => ({
  variant,
  event: 'exposures',
  share,
  units,
});
const did = (variant: string, event: string, units: readonly number[]) => ({
  ...exposed(variant, units),
  event,
});

/** What every store promises of distinct units. */
export function describeUnits(ground: StoreGround): void {
  describe('units', () => {
    it('counts each unit once, whoever reports it and however often', async () => {
      const scope = await ground.environment();
      const { store } = ground;
      const batch = [exposed('on', [1, 2, 2]), exposed('off', [7]), did('on', 'paid', [1, 1])];
      await store.addUnits(scope, SERIES, batch);
      await store.addUnits(scope, SERIES, batch);
      await store.addUnits(scope, SERIES, [exposed('on', [2, 3])]);
      expect(await countsOf(store, scope)).toEqual({
        assigned: { '50000|on': 3, '50000|off': 1 },
        counts: { 'on exposures': 3, 'off exposures': 1, 'on paid': 1 },
      });
    });

    it('credits what a unit does to the variant and share of its first exposure', async () => {
      const scope = await ground.environment();
      const { store } = ground;
      await store.addUnits(scope, SERIES, [exposed('off', [9], 95_000)]);
      await store.addUnits(scope, SERIES, [exposed('on', [9], 50_000), did('on', 'paid', [9])]);
      expect(await countsOf(store, scope)).toEqual({
        assigned: { '95000|off': 1 },
        counts: { 'off exposures': 1, 'off paid': 1 },
      });
    });

    it('lets an event wait for the exposure that another process reports, and counts none without', async () => {
      const scope = await ground.environment();
      const { store } = ground;
      await store.addUnits(scope, SERIES, [did('on', 'paid', [4, 5])]);
      expect((await countsOf(store, scope)).counts).toEqual({});
      await store.addUnits(scope, SERIES, [exposed('on', [4])]);
      await store.addUnits(scope, SERIES, [did('on', 'paid', [4])]);
      expect((await countsOf(store, scope)).counts).toEqual({ 'on exposures': 1, 'on paid': 1 });
    });

    it('tells within which time of its exposure a unit did something', async () => {
      const scope = await ground.environment();
      const { store } = ground;
      await store.addUnits(scope, SERIES, [exposed('on', [4]), did('on', 'paid', [4])]);
      const now = Math.floor((await store.now()) / COUNT_WINDOW);
      const { cohorts } = await store.readUnits(scope, SERIES, now - 12, now);
      const names = [...cohorts.values()].flatMap((cohort) => [...cohort.keys()]);
      expect(ATTRIBUTION_WINDOWS[0]).toBe(10);
      expect(names.toSorted()).toEqual(
        [cohortName('on', 'exposures'), cohortName('on', 'paid', 0)].toSorted(),
      );
    });

    it('keeps runs and environments apart', async () => {
      const [one, other] = [await ground.environment(), await ground.environment()];
      const { store } = ground;
      await store.addUnits(one, SERIES, [exposed('on', [1])]);
      expect((await countsOf(store, other)).counts).toEqual({});
      expect((await countsOf(store, one, 'checkout|rollout:new:split|2')).counts).toEqual({});
    });

    it('keeps a part of many units, the same hashes of every variant', async () => {
      const scope = await ground.environment();
      const { store } = ground;
      // Odd steps through the whole range, so that half of them lie below any half.
      const hash = (index: number): number => (index * 2_654_435_761) % 2 ** 32;
      const span = (from: number, length: number): number[] =>
        Array.from({ length }, (_, index) => hash(from + index));
      await store.addUnits(scope, SERIES, [exposed('on', span(1, UNITS_PER_LEVEL))]);
      const [more, others] = [span(20_001, 1_000), span(40_001, 1_000)];
      await store.addUnits(scope, SERIES, [exposed('on', more), exposed('off', others)]);
      const { assigned } = await countsOf(store, scope);
      const limit = hashLimit(UNITS_PER_LEVEL);
      expect(limit).toBe(2 ** 31);
      expect(assigned).toEqual({
        '50000|on': UNITS_PER_LEVEL + more.filter((each) => each < limit).length,
        '50000|off': others.filter((each) => each < limit).length,
      });
    });

    it('refuses what is no hash, and notes nothing of it', async () => {
      const scope = await ground.environment();
      const { store } = ground;
      for (const unit of [-1, 0.5, 2 ** 32, NaN])
        await expect(store.addUnits(scope, SERIES, [exposed('on', [1, unit])])).rejects.toMatchObject({
          code: 'INVALID_INPUT',
        });
      expect(await countsOf(store, scope)).toEqual({ assigned: {}, counts: {} });
    });
  });
}
