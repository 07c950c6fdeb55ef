import { describe, expect, it } from '@jest/globals';
import { eventually } from '../mesh/testbed/eventually.js';
import { ENVIRONMENT, FLAG, ROLLOUT, untilAt } from '../support/checkout.js';
import { GuardedRollout } from '../support/guarded.js';
import { Stage } from '../support/stage.js';

const RELATIVE = { margin: 1.2 };

describe('a source that goes away', () => {
  it(
    'is told after the patience of each guard, does what was asked for then, and rolls nothing back',
    () =>
      Stage.play(async (stage) => {
        const guarded = await GuardedRollout.start(stage, {
          patient: { ...RELATIVE, patience: 2 },
          strict: { ...RELATIVE, patience: 4, whenBlind: 'pause' },
        });
        const { service, prometheus, receiver } = guarded;
        await guarded.untilState('patient', 'ok');
        await guarded.untilState('strict', 'ok');
        const seeing = await guarded.metrics('strict');
        expect(seeing).toMatchObject({ 'state ok': 1, lost_seconds: 0 });
        expect(seeing['windows']).toBeGreaterThan(0);
        expect(seeing['readings_total windows']).toBeGreaterThan(0);
        expect(seeing).toHaveProperty('log_evidence');
        expect(seeing).not.toHaveProperty('unseen_since_timestamp_seconds');
        await prometheus.kill();

        const told = await guarded.untilDid('blind', 'patient');
        expect(told).toMatchObject({
          actor: 'guard:patient',
          reason: 'blind for longer than 2 s',
          documents: [],
          event: {
            evidence: {
              of: `rollout/${ROLLOUT}`,
              action: 'tell',
              blame: null,
              state: 'blind',
              troubleCode: 'UNREACHABLE',
              step: 1,
            },
          },
        });
        const did = await guarded.untilDid('blind', 'strict');
        expect(did).toMatchObject({ documents: [], event: { evidence: { action: 'pause' } } });
        expect(await untilAt(service.admin, 'paused')).toMatchObject({
          step: 0,
          waiting: expect.stringMatching(
            /^Guard strict has paused it: blind for \d+ s: .+\. To go on, resume\.$/,
          ),
        });
        expect(await guarded.recordOf('strict')).toMatchObject({
          state: 'blind',
          trippedAt: null,
          troubleCode: 'UNREACHABLE',
        });
        await eventually(() => {
          const told = receiver.deliveries.filter(({ body }) => body['type'] === 'blind');
          expect(told.map(({ body }) => (body['data'] as { subject: string }).subject)).toEqual([
            'guard/patient',
            'guard/strict',
          ]);
        }, 20_000);

        const { unseenSince, windows } = await guarded.recordOf('strict');
        const blind = await guarded.metrics('strict');
        expect(blind).toMatchObject({
          'state blind': 1,
          windows,
          unseen_since_timestamp_seconds: (unseenSince ?? NaN) / 1_000,
        });
        expect(blind).not.toHaveProperty('state ok');
        expect(blind['readings_total unknown']).toBeGreaterThan(0);
        expect(blind['data_timestamp_seconds']).toBeLessThanOrEqual(
          blind['unseen_since_timestamp_seconds'] ?? 0,
        );

        await prometheus.start();
        expect(await guarded.untilState('strict', 'ok')).toMatchObject({
          unseenSince: null,
          troubleCode: null,
        });
        const input = { environment: ENVIRONMENT, key: ROLLOUT, reason: 'It can see again' };
        await service.admin.do('resumeRollout', input);
        await untilAt(service.admin, 'running');
        const changes = await service.admin.history(ENVIRONMENT);
        expect(changes.filter(({ event }) => event?.kind === 'blind')).toHaveLength(2);
        const { flag } = await service.admin.run(
          `query { flag(environment: "${ENVIRONMENT}", key: "${FLAG}") { enabled rules { id } } }`,
        );
        expect(flag).toMatchObject({ enabled: true, rules: [{ id: `rollout:${ROLLOUT}:split` }] });
      }),
    180_000,
  );
});
