import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { eventually } from '../mesh/testbed/eventually.js';
import { ENVIRONMENT, ROLLOUT } from '../support/checkout.js';
import { GuardedRollout, TIMES } from '../support/guarded.js';
import { Stage } from '../support/stage.js';

const STEPS = [
  { weight: 50_000, hold: 86_400, earlyAfter: 5 },
  { weight: 60_000, hold: 86_400 },
  { weight: 100_000, hold: 60 },
];

const EVIDENCE = z.object({
  held: z.number(),
  early: z.boolean(),
  guards: z.array(z.object({ guard: z.string(), noHarm: z.number() })),
});

describe('a version that does no harm', () => {
  it(
    'goes on a day early once errors and latency have shown it, and then waits in a step that does not go by it',
    () =>
      Stage.play(async (stage) => {
        const guards = {
          errors: { margin: 1.2 },
          times: { kind: 'latency', query: TIMES, margin: 1.1 },
        };
        const guarded = await GuardedRollout.start(stage, guards, { steps: STEPS });
        guarded.bad.v1 = 0.1;
        guarded.bad.v2 = 0.1;
        const { admin } = guarded.service;

        const step = await eventually(async () => {
          const changes = await admin.history(ENVIRONMENT, `rollout/${ROLLOUT}`);
          const found = changes.find(({ event }) => event?.kind === 'step');
          if (found === undefined) throw new Error(JSON.stringify(await guarded.recordOf('errors')));
          return found;
        }, 90_000);
        expect(step.reason).toBe('step 2 of 3: 60 %, early, since no harm is shown');
        const { held, early, guards: told } = EVIDENCE.parse(step.event?.evidence);
        expect(early).toBe(true);
        expect(held).toBeGreaterThanOrEqual(5_000);
        expect(told.map(({ guard }) => guard)).toEqual(['errors', 'times']);
        for (const { noHarm } of told) expect(noHarm).toBeGreaterThanOrEqual(Math.log(20));

        const later = await eventually(async () => {
          const record = await guarded.recordOf('errors');
          expect(record).toMatchObject({ state: 'ok', noHarmInStep: null });
          return record;
        });
        expect(later.noHarm).toBeGreaterThanOrEqual(Math.log(20));
      }),
    180_000,
  );
});
