import { describe, expect, it } from '@jest/globals';
import { eventually } from '../mesh/testbed/eventually.js';
import { ENVIRONMENT, FLAG, ROLLOUT, untilAt } from '../support/checkout.js';
import { GuardedRollout } from '../support/guarded.js';
import { Stage } from '../support/stage.js';

describe('a new version that damages what both share', () => {
  it(
    'is no worse than the old one, and is stopped by a topline guard, which undoes the step',
    () =>
      Stage.play(async (stage) => {
        const guarded = await GuardedRollout.start(
          stage,
          {
            relative: { margin: 1.2 },
            total: { kind: 'topline', topline: { slo: 0.99 }, action: 'stepBack' },
          },
          { steps: [10_000, 50_000, 100_000] },
        );
        const { admin } = guarded.service;
        await guarded.untilState('relative', 'ok');
        await guarded.untilState('total', 'ok');
        const input = { environment: ENVIRONMENT, key: ROLLOUT, reason: 'It is fine at 10 %' };
        await eventually(() => admin.do('promoteRollout', input), 20_000);
        guarded.bad.v1 = 0.5;
        guarded.bad.v2 = 0.5;
        const trip = await guarded.untilDid('trip', 'total');
        expect(trip).toMatchObject({
          actor: 'guard:total',
          documents: [{ kind: 'flag', key: FLAG, after: { enabled: true } }],
          event: {
            evidence: { action: 'stepBack', step: 2, words: expect.stringContaining('both arms together') },
          },
        });
        expect(await untilAt(admin, 'paused')).toMatchObject({ step: 0 });
        expect(await guarded.recordOf('relative')).toMatchObject({ trippedAt: null });
        const [, tripped] = await guarded.replayed('total');
        expect(tripped).toMatchObject({ decided: 'trip', same: true });
      }),
    180_000,
  );
});
