import { describe, expect, it } from '@jest/globals';
import { eventually } from '../mesh/testbed/eventually.js';
import { ENVIRONMENT, FLAG, ROLLOUT, untilAt } from '../support/checkout.js';
import { GuardedRollout } from '../support/guarded.js';
import { Stage } from '../support/stage.js';

describe('what a guard does when it trips', () => {
  it(
    'may be to tell, to note what it would have done, or to go one step back; a person then goes on from there',
    () =>
      Stage.play(async (stage) => {
        const guarded = await GuardedRollout.start(
          stage,
          {
            teller: { margin: 1.2, action: 'tell' },
            rehearsal: { margin: 1.2, action: 'none' },
            back: { margin: 1.2, phi: 12, action: 'stepBack' },
          },
          { steps: [10_000, 50_000, 100_000] },
        );
        const { admin } = guarded.service;
        const input = { environment: ENVIRONMENT, key: ROLLOUT, reason: 'It is fine at 10 %' };
        await guarded.untilState('back', 'ok');
        await eventually(() => admin.do('promoteRollout', input), 20_000);
        await untilAt(admin, 'running', 1);
        guarded.bad.v2 = 0.5;

        const told = await guarded.untilDid('trip', 'teller');
        expect(told).toMatchObject({ documents: [], event: { evidence: { action: 'tell', step: 2 } } });
        const back = await guarded.untilDid('trip', 'back');
        expect(back.revision).toBeGreaterThan(told.revision);
        expect(back).toMatchObject({
          documents: [{ kind: 'flag', key: FLAG, after: { enabled: true } }],
          event: { evidence: { action: 'stepBack', step: 2 } },
        });
        expect(await untilAt(admin, 'paused')).toMatchObject({ step: 0 });
        expect(await guarded.recordOf('rehearsal')).toMatchObject({ state: 'tripped' });
        expect(await guarded.replayed('rehearsal')).toContainEqual(
          expect.objectContaining({ decided: 'trip', same: true }),
        );

        guarded.bad.v2 = 0;
        await admin.do('overrideGuard', { ...input, guard: 'back', reason: 'A known fault' });
        expect(await untilAt(admin, 'running')).toMatchObject({ step: 0 });
        const changes = await admin.history(ENVIRONMENT);
        const acts = changes.flatMap(({ event }) => (event ? [`${event.kind} ${event.subject}`] : []));
        expect(acts).toEqual([
          `start rollout/${ROLLOUT}`,
          expect.stringMatching(/^(promote|step) /),
          'trip guard/teller',
          'trip guard/back',
          'override guard/back',
        ]);
      }),
    180_000,
  );
});
