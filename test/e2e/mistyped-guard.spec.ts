import { describe, expect, it } from '@jest/globals';
import { eventually } from '../mesh/testbed/eventually.js';
import { untilAt } from '../support/checkout.js';
import { GuardedRollout } from '../support/guarded.js';
import { Stage } from '../support/stage.js';

const ARM = { label: 'version', new: 'v2', control: 'v1' };
const QUERY = { bad: 'requests_total{code="500"}', total: 'requests_total', arm: ARM };

describe('a guard whose query is mistyped', () => {
  it(
    'is told and acts where its total matches nothing, warns where that is its bad, and waits for a version without requests',
    () =>
      Stage.play(async (stage) => {
        const guarded = await GuardedRollout.start(stage, {
          total: {
            margin: 1.2,
            query: { ...QUERY, total: 'requests_totl' },
            patience: 20,
            whenBlind: 'pause',
          },
          bad: { margin: 1.2, query: { ...QUERY, bad: 'requests_total{code="5xx"}' } },
          newborn: { margin: 1.2, query: { ...QUERY, arm: { ...ARM, new: 'v9' } }, patience: 20 },
        });
        await eventually(async () => {
          const { state, warnings } = await guarded.recordOf('bad');
          expect({ state, warnings }).toMatchObject({ state: 'ok', warnings: [{ field: 'query.bad' }] });
        }, 60_000);
        await eventually(async () => {
          expect(await guarded.recordOf('total')).toMatchObject({
            state: 'warming',
            unseenSince: expect.any(Number),
          });
        }, 60_000);

        const told = await eventually(() => guarded.untilDid('blind', 'total'), 120_000);
        expect(told).toMatchObject({ event: { evidence: { action: 'pause', troubleCode: 'NO_SERIES' } } });
        expect(await untilAt(guarded.service.admin, 'paused')).toMatchObject({
          waiting: expect.stringMatching(
            /^Guard total has paused it: warming for \d+ s: no series matches query\.total, requests_totl: look for a typo/,
          ),
        });
        await eventually(async () => {
          expect(await guarded.recordOf('newborn')).toMatchObject({ state: 'warming', unseenSince: null });
        }, 60_000);
      }),
    240_000,
  );
});
