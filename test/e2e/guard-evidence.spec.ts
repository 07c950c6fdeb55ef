import { describe, expect, it } from '@jest/globals';
import type { GuardEvidence } from '../../src/schema.types.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { ENVIRONMENT, ROLLOUT, untilAt } from '../support/checkout.js';
import { GuardedRollout } from '../support/guarded.js';
import { Stage } from '../support/stage.js';

const SUBJECT = `rollout/${ROLLOUT}`;
const QUERY = `query ($environment: ID!, $key: ID!, $subject: String!) {
  guardEvidence(environment: $environment, key: $key, subject: $subject) {
    guard subject state run logE tripLine trippedAt
    new { bad total rate } control { bad total rate }
    ranges { name low high }
    curve { at logE tripLine newBad newTotal controlBad controlTotal }
  }
}`;

async function evidenceOf({ service }: GuardedRollout, key: string): Promise<GuardEvidence> {
  const { guardEvidence } = await service.admin.run(QUERY, {
    environment: ENVIRONMENT,
    key,
    subject: SUBJECT,
  });
  return guardEvidence;
}

const sumOf = (curve: GuardEvidence['curve'], name: 'newBad' | 'newTotal'): number =>
  curve.reduce((sum, point) => sum + point[name], 0);

describe('what is drawn of a guard', () => {
  it(
    'is its curve beside the trip line, and the rates and ranges of both arms, running and tripped',
    () =>
      Stage.play(async (stage) => {
        const guarded = await GuardedRollout.start(stage, {
          errors: { margin: 1.2, action: 'restore' },
          floor: { margin: null, threshold: 0.9, action: 'tell' },
        });
        guarded.bad.v1 = 0.1;
        guarded.bad.v2 = 0.1;
        await guarded.untilState('errors', 'ok');
        const running = await eventually(async () => {
          const found = await evidenceOf(guarded, 'errors');
          if (found.curve.length === 0 || found.new.bad === 0) throw new Error('nothing was drawn yet');
          return found;
        }, 60_000);
        expect(running).toMatchObject({ guard: 'errors', subject: SUBJECT, run: 1, trippedAt: null });
        expect(running.tripLine).toBeCloseTo(Math.log(100), 1);
        expect(running.ranges.map(({ name }) => name)).toEqual(['ratio', 'newShare', 'controlShare']);
        expect(sumOf(running.curve, 'newTotal')).toBeGreaterThan(0);
        expect(sumOf(running.curve, 'newTotal')).toBeLessThanOrEqual(running.new.total);
        expect((await evidenceOf(guarded, 'floor')).ranges.map(({ name }) => name)).toEqual(['newShare']);

        guarded.bad.v2 = 0.9;
        await guarded.untilDid('trip', 'errors');
        await untilAt(guarded.service.admin, 'aborted');
        const tripped = await eventually(async () => {
          const found = await evidenceOf(guarded, 'errors');
          const highest = Math.max(...found.curve.map(({ logE }) => logE ?? 0));
          if (highest < (found.tripLine ?? NaN)) throw new Error(`the curve ends at ${highest}`);
          return found;
        }, 60_000);
        expect(tripped.state).toBe('tripped');
        expect(tripped.trippedAt).toBeGreaterThan(0);
        expect(tripped.curve.length).toBeGreaterThan(running.curve.length);
        expect(tripped.curve[0]).toEqual(running.curve[0]);
        expect(tripped.new.rate).toBeGreaterThan(tripped.control.rate ?? NaN);
      }),
    180_000,
  );

  it(
    'is not found of a guard or a subject that there is not',
    () =>
      Stage.play(async (stage) => {
        const guarded = await GuardedRollout.start(stage, { errors: { margin: 1.2 } });
        for (const [key, subject, field] of [
          ['nobody', SUBJECT, 'key'],
          ['errors', 'rollout/nobody', 'subject'],
        ] as const) {
          const asked = guarded.service.admin.run(QUERY, { environment: ENVIRONMENT, key, subject });
          await expect(asked).rejects.toThrow(
            field === 'key' ? /There is no guard "nobody" here/ : /rollout\/nobody/,
          );
        }
      }),
    120_000,
  );
});
