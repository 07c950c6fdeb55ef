import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stateKey } from '../../src/domain/image.js';
import { Store } from '../../src/ports/store.js';
import type { Api, Arguments } from '../support/api.js';
import {
  createSamples,
  OF_TRIPS,
  ENVIRONMENT,
  GUARD,
  inProduction,
  ROLLOUT,
} from '../support/api-samples.js';
import { App } from '../support/app.js';

const SUBJECT = `rollout/${ROLLOUT.key}`;
const OF_GUARD = inProduction({ key: GUARD.key, subject: SUBJECT });
const OVERRIDE = inProduction({ key: ROLLOUT.key, guard: GUARD.key });
const RECORD = stateKey.guard(GUARD.key, SUBJECT);

let app: App;
let api: Api;

beforeAll(async () => {
  app = await App.start();
  api = app.api();
  await createSamples(api);
}, 60_000);

afterAll(() => app?.stop());

/** Writes into the store that the guard has tripped, and what it did. */
async function latch(position: Arguments): Promise<void> {
  const store = app.service.app.get(Store);
  const { states } = await store.image(ENVIRONMENT);
  const trip = { at: 1, evidence: { words: 'It failed.' } };
  const record = { ...(states.get(RECORD)?.value as Arguments), state: 'tripped', trip };
  await store.writeState(ENVIRONMENT, { key: RECORD, value: record });
  const standing = states.get(stateKey.rollout(ROLLOUT.key))?.value as Arguments;
  await store.writeState(ENVIRONMENT, {
    key: stateKey.rollout(ROLLOUT.key),
    value: { ...standing, ...position },
  });
}

// In the order written: each part stands on those before it.
describe('a guard that has tripped', () => {
  it('stops its rollout from being started until it is reset', async () => {
    await api.do('startRollout', inProduction({ key: ROLLOUT.key }));
    await api.do('abortRollout', inProduction({ key: ROLLOUT.key }));
    await latch({});
    expect(await api.ask('guard', inProduction({ key: GUARD.key }))).toMatchObject({
      records: [{ subject: SUBJECT, state: 'tripped', trippedAt: 1, evidence: { words: 'It failed.' } }],
    });
    expect(await api.mutate('startRollout', inProduction({ key: ROLLOUT.key }))).toMatchObject({
      userErrors: [{ code: 'GUARD_TRIPPED' }],
    });
    expect(await api.do('resetGuard', OF_GUARD)).toMatchObject({
      guard: { records: [{ subject: SUBJECT, trippedAt: null, evidence: null }] },
    });
    expect(await api.mutate('resetGuard', OF_GUARD)).toMatchObject({
      userErrors: [{ field: 'subject', code: 'NOT_LATCHED' }],
    });
  });

  it('is overridden by a person, with a reason, and the rollout goes on where it was', async () => {
    await api.do('startRollout', inProduction({ key: ROLLOUT.key }));
    await api.do('promoteRollout', inProduction({ key: ROLLOUT.key }));
    expect(await api.mutate('overrideGuard', OVERRIDE)).toMatchObject({
      userErrors: [{ field: 'guard', code: 'NOT_LATCHED' }],
    });
    await api.do('abortRollout', inProduction({ key: ROLLOUT.key }));
    await latch({ abortedBy: GUARD.key });
    expect(await api.mutate('overrideGuard', { ...OVERRIDE, reason: '' })).toMatchObject({
      userErrors: [{ field: 'reason' }],
    });
    const reason = 'A known fault of the payment test account';
    expect(await api.do('overrideGuard', { ...OVERRIDE, reason })).toMatchObject({
      rollout: { position: { token: '2.1.running', held: 0 } },
    });
    expect(await api.ask('history', inProduction({ first: 1, document: SUBJECT }))).toMatchObject({
      changes: [
        {
          actor: 'token:first-admin',
          reason,
          event: { kind: 'override', subject: `guard/${GUARD.key}`, evidence: { of: SUBJECT, step: 2 } },
        },
      ],
    });
    expect(await api.ask('flag', inProduction({ key: ROLLOUT.flag.key }))).toMatchObject({ enabled: true });
  });

  it('has its verdicts kept, which can be judged again', async () => {
    const of = inProduction({ guard: GUARD.key, first: 5 });
    const [override] = await api.ask<Arguments[]>('verdicts', of);
    expect(override).toMatchObject({
      decided: 'override',
      guard: GUARD.key,
      subject: SUBJECT,
      state: 'warming',
    });
    const { changes } = await api.ask<{ changes: { event: Arguments }[] }>(
      'history',
      inProduction({ first: 1 }),
    );
    expect(changes[0]?.event).toMatchObject({ evidence: { verdict: override?.['id'] } });
    expect(await api.ask('replayVerdict', inProduction({ id: override?.['id'] }))).toMatchObject({
      inputs: { guard: { key: GUARD.key }, record: { trip: { evidence: { words: 'It failed.' } } } },
      judge: override?.['judge'],
      code: null,
      same: true,
      differs: [],
    });
    const strange = await api.call('verdicts', inProduction({ guard: 'nobody', first: 5 }));
    expect(strange.errors[0]?.extensions).toMatchObject({ code: 'NOT_FOUND', field: 'guard' });
    const all = await api.ask('verdicts', inProduction({ first: 5 }));
    expect(all).toEqual(await api.ask('verdicts', of));
    const unknown = await api.call('replayVerdict', inProduction({ id: '1-0' }));
    expect(unknown.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND', field: 'id' } }]);
    const many = await api.call('verdicts', inProduction({ guard: null, first: 201 }));
    expect(many.errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', field: 'first' } }]);
  });

  it('is told of in a report of all that are in use', async () => {
    expect(await api.ask('guardReport', inProduction({ alpha: 0.05 }))).toEqual({
      alpha: 0.05,
      guards: 1,
      reported: [],
    });
    for (const alpha of [0, 1, -1]) {
      const { errors } = await api.call('guardReport', inProduction({ alpha }));
      expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', field: 'alpha' } }]);
    }
  });

  it('has been called in every operation of its own', () => {
    expect(OF_TRIPS.filter((field) => !api.called.has(field))).toEqual([]);
  });
});
