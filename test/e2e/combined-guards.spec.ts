import { describe, expect, it } from '@jest/globals';
import { eventually } from '../mesh/testbed/eventually.js';
import { ENVIRONMENT, FLAG, untilAt } from '../support/checkout.js';
import { GuardedRollout, PAYMENTS, TIMES } from '../support/guarded.js';
import { Stage } from '../support/stage.js';

/** Evidence grows slowly, so that the moment between both lines is met. */
const SLOW = { margin: 1.2, phi: 10 };
/** Two guards share an alpha of 0.01 equally: what each must find alone, and both if they find the same. */
const ALONE = Math.log(200);
const TOGETHER = Math.log(100);

describe('two guards of one rollout', () => {
  it(
    'close it together, each still short of its own line, and the report names both and not the one that is well',
    () =>
      Stage.play(async (stage) => {
        const guarded = await GuardedRollout.start(stage, {
          errors: SLOW,
          payments: { ...SLOW, query: PAYMENTS },
          wellness: { kind: 'latency', margin: 1.5, query: TIMES, action: 'tell' },
        });
        const { admin } = guarded.service;
        await guarded.untilState('errors', 'ok');
        await guarded.untilState('payments', 'ok');
        guarded.bad.v1 = 0.1;
        guarded.bad.v2 = 0.25;
        await eventually(async () => {
          const { guardReport } = await admin.run(
            `query ($environment: ID!) { guardReport(environment: $environment, alpha: 0.3) { guards reported { guard } } }`,
            { environment: ENVIRONMENT },
          );
          expect(guardReport.guards).toBe(3);
          expect(guardReport.reported.map(({ guard }) => guard).toSorted()).toEqual(['errors', 'payments']);
        }, 60_000);
        await untilAt(admin, 'aborted');
        const changes = await admin.history(ENVIRONMENT);
        const trips = changes.filter(({ event }) => event?.kind === 'trip');
        expect(trips).toMatchObject([
          { documents: [{ kind: 'flag', key: FLAG, after: { enabled: false } }] },
        ]);
        const blamed = String(trips[0]?.event?.subject).slice('guard/'.length);
        const other = blamed === 'errors' ? 'payments' : 'errors';
        const evidence = (trips[0]?.event?.evidence ?? {}) as { readonly [name: string]: number };
        expect(evidence).toMatchObject({
          part: 0.5,
          words: expect.stringMatching(/other guards of the rollout have [\d.]+ % of what it takes/),
        });
        expect(evidence['logE']).toBeLessThan(ALONE);
        expect(evidence['logE']).toBeGreaterThan(TOGETHER - 1);
        expect(evidence['logE']).toBeGreaterThanOrEqual(evidence['threshold'] ?? NaN);
        const rest = await guarded.recordOf(other);
        expect(rest).toMatchObject({ trippedAt: null });
        expect(rest.logE).toBeLessThan(ALONE);
        const verdict = (await guarded.replayed(blamed)).at(-1);
        expect(verdict).toMatchObject({ decided: 'trip', same: true });
      }),
    180_000,
  );
});
