import { describe, expect, it } from '@jest/globals';
import { eventually } from '../mesh/testbed/eventually.js';
import { untilAt } from '../support/checkout.js';
import type { Exporter } from '../support/exporter.js';
import { GuardedRollout } from '../support/guarded.js';
import { Stage } from '../support/stage.js';

/** Of each version and region: sales in a tick, and how many of them fail. The mix differs, what fails there does not. */
const SALES = {
  v1: { eu: [10, 2], us: [40, 0] },
  v2: { eu: [40, 8], us: [10, 0] },
} as const;
const QUERY = {
  bad: 'sales_total{outcome="failed"}',
  total: 'sales_total',
  arm: { label: 'version', new: 'v2', control: 'v1' },
};
/** Sign-ups by visits: one in ten where everybody is asked in the eu, one in two in the us. */
const SIGN_UPS = { bad: 'sign_ups_total', total: 'visits_total', arm: QUERY.arm };

/** What a tick adds; `failing` more sales of v2 fail in the us, and `missing` of its sign-ups there don't come. */
function serve(exporter: Exporter, { failing, missing }: { failing: number; missing: number }): void {
  for (const version of ['v1', 'v2'] as const)
    for (const region of ['eu', 'us'] as const) {
      const isWorse = version === 'v2' && region === 'us';
      const [count, usual] = SALES[version][region];
      const labels = `version="${version}",region="${region}"`;
      const failed = usual + (isWorse ? failing : 0);
      exporter.add(`sales_total{${labels},outcome="failed"}`, failed);
      exporter.add(`sales_total{${labels},outcome="sold"}`, count - failed);
      const signedUp = count * (region === 'us' ? 0.5 : 0.1) - (isWorse ? missing : 0);
      exporter.add(`visits_total{${labels}}`, count);
      exporter.add(`sign_ups_total{${labels}}`, signedUp);
    }
}

describe('a rollout in which regions get unequal parts of the new version', () => {
  const strata = { label: 'region' };
  const ratio = { query: QUERY, margin: 1.2 };
  const drop = { kind: 'drop', query: SIGN_UPS, margin: 0.9 };
  it.each([
    { of: 'sales that fail', guard: ratio, worse: { failing: 5, missing: 0 } },
    { of: 'sign-ups that are missing', guard: drop, worse: { failing: 0, missing: 4 } },
  ])(
    '$of: goes on while within each of them nothing is worse, and back where it is worse in one',
    ({ guard, worse }) =>
      Stage.play(async (stage) => {
        const now = { failing: 0, missing: 0 };
        const guarded = await GuardedRollout.start(
          stage,
          { pooled: { ...guard, action: 'none' }, 'by-region': { ...guard, strata } },
          { serve: (exporter) => serve(exporter, now) },
        );
        const { windows } = await guarded.untilState('pooled', 'tripped');
        await eventually(async () => {
          const record = await guarded.recordOf('by-region');
          expect(record).toMatchObject({ state: 'ok', trippedAt: null });
          expect(record.windows).toBeGreaterThan(windows);
        }, 60_000);

        Object.assign(now, worse);
        const trip = await guarded.untilDid('trip', 'by-region');
        expect(trip.actor).toBe('guard:by-region');
        await untilAt(guarded.service.admin, 'aborted');
      }),
    180_000,
  );
});
