import { describe, expect, it } from '@jest/globals';
import { JUDGE_VERSION } from '../../src/domain/guard/judge-version.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { ENVIRONMENT, ROLLOUT, untilAt } from '../support/checkout.js';
import { GuardedRollout } from '../support/guarded.js';
import { Stage } from '../support/stage.js';

describe('a guard that has tripped', () => {
  it(
    'keeps its record for those who look into it, and lets a person go on',
    () =>
      Stage.play(async (stage) => {
        const guarded = await GuardedRollout.start(stage, { errors: { margin: 1.2, action: 'pause' } });
        const { admin } = guarded.service;
        await guarded.untilState('errors', 'ok');
        guarded.bad.v2 = 0.5;
        const trip = await guarded.untilDid('trip', 'errors');
        expect(trip).toMatchObject({ event: { evidence: { action: 'pause', part: 1, others: 0 } } });
        const { waiting } = await untilAt(admin, 'paused');
        expect(waiting).toBe(
          `Guard errors has paused it: ${trip.reason}. To go on, override the guard, or reset it and resume.`,
        );
        guarded.bad.v2 = 0;
        const { evidence } = await eventually(async () => {
          const record = await guarded.recordOf('errors');
          expect(record).toMatchObject({ state: 'tripped' });
          expect(record.afterTrip?.windows).toBeGreaterThan(2);
          return record;
        }, 30_000);
        expect(evidence).toMatchObject({ words: trip.reason });
        const input = { environment: ENVIRONMENT, key: ROLLOUT, guard: 'errors', reason: 'A known fault' };
        await admin.do('overrideGuard', input);
        await untilAt(admin, 'running');
        expect(await guarded.untilState('errors', 'ok')).toMatchObject({ trippedAt: null, afterTrip: null });
        const kinds = (await admin.history(ENVIRONMENT)).flatMap(({ event }) => event?.kind ?? []);
        expect(kinds).toEqual(['start', 'trip', 'override']);
        const verdicts = await eventually(async () => {
          const found = await guarded.replayed('errors');
          expect(found.map(({ decided }) => decided)).toEqual(['go', 'trip', 'override', 'go']);
          return found;
        }, 20_000);
        expect(verdicts).toEqual(
          verdicts.map(() =>
            expect.objectContaining({ judge: JUDGE_VERSION, code: null, same: true, differs: [] }),
          ),
        );
        const [, tripped] = verdicts;
        expect(trip.event).toMatchObject({ evidence: { verdict: tripped?.id } });
        expect(tripped?.again).toEqual(tripped?.result);
        expect(tripped?.inputs).toMatchObject({ guard: { key: 'errors' }, reading: { unknown: null } });
      }),
    180_000,
  );
});
