import { describe, expect, it } from '@jest/globals';
import { ENVIRONMENT, FLAG, untilAt } from '../support/checkout.js';
import { GuardedRollout, TIMES } from '../support/guarded.js';
import { Stage } from '../support/stage.js';

describe('a version that is slower', () => {
  it(
    'is found by its histogram, at the bound that shows it, and the rollout goes back',
    () =>
      Stage.play(async (stage) => {
        const guarded = await GuardedRollout.start(stage, {
          times: { kind: 'latency', query: TIMES, margin: 1.1, action: 'restore' },
          errors: { margin: 1.2 },
        });
        const healthy = await guarded.untilState('times', 'ok');
        expect(healthy.ranges.map(({ name }) => name)).toContain('newP95');
        guarded.slow.v2 = 0.6;

        const trip = await guarded.untilDid('trip', 'times');
        expect(trip.actor).toBe('guard:times');
        expect(trip.reason).toMatch(
          /^requests above 250 ms \d+\.\d× control \(\d+(\.\d)? % against 5 %, odds [^)]*:1\)/,
        );
        await untilAt(guarded.service.admin, 'aborted');
        expect(await guarded.recordOf('times')).toMatchObject({ state: 'tripped' });
        expect(await guarded.recordOf('errors')).toMatchObject({ trippedAt: null });
        const { flag } = await guarded.service.admin.run(
          `query { flag(environment: "${ENVIRONMENT}", key: "${FLAG}") { rules { id } } }`,
        );
        expect(flag).toMatchObject({ rules: [] });
      }),
    180_000,
  );
});
