import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../mesh/testbed/eventually.js';
import { ENVIRONMENT, FLAG } from '../support/checkout.js';
import { GuardedRollout } from '../support/guarded.js';
import { findLeader } from '../support/leaders.js';
import type { ServiceProcess } from '../support/service-process.js';
import { Stage } from '../support/stage.js';
import { TurnedClock } from '../support/turned-clock.js';
import { compareWithUndisturbed } from '../support/undisturbed.js';

const GUARDS = { errors: { margin: 1.2 } };
/** Longer than a lease lives without being renewed, ms. */
const LEASE = 7_000;
const WITHIN = 60_000;

/** Waits until the guard has judged so many windows more. */
async function judges(guarded: GuardedRollout, more: number, by?: ServiceProcess): Promise<void> {
  const { windows: before } = await eventually(() => guarded.recordOf('errors', by), WITHIN);
  await eventually(async () => {
    const { windows } = await guarded.recordOf('errors', by);
    expect(windows).toBeGreaterThanOrEqual(before + more);
  }, WITHIN);
}

/** What must hold of a trip, whatever happened before: one change, and the record of a judge that nothing disturbed. */
async function expectOneTrip(guarded: GuardedRollout): Promise<void> {
  const { admin } = guarded.service;
  const changes = await admin.history(ENVIRONMENT);
  const trips = changes.filter(({ event }) => event?.kind === 'trip');
  expect(trips).toMatchObject([
    { actor: 'guard:errors', documents: [{ kind: 'flag', key: FLAG, after: { enabled: false, rules: [] } }] },
  ]);
  expect(changes.filter(({ event }) => event?.kind === 'blind')).toEqual([]);
  const evidence = (trips[0]?.event?.evidence ?? {}) as { readonly [name: string]: unknown };
  const verdict = (await guarded.replayed('errors')).find(({ id }) => id === evidence['verdict']);
  if (verdict === undefined) throw new Error('the verdict of the trip is not kept');
  expect(verdict.same).toBe(true);
  const { written, undisturbed, ends } = await compareWithUndisturbed(guarded.prometheus, verdict);
  expect(written).toEqual(undisturbed);
  expect(written.windows).toBe(ends.length);
  expect(written.lost).toBe(0);
}

describe('a guard whose leader, store or clock fails', () => {
  it('judges each window once, and writes one trip, whoever is killed, hangs or starts again', () =>
    Stage.play(async (stage) => {
      const guarded = await GuardedRollout.start(stage, GUARDS, { replicas: 2, hold: null });
      guarded.bad.v1 = guarded.bad.v2 = 0.05;
      const [one, two] = guarded.services;
      if (one === undefined || two === undefined) throw new Error('two replicas were asked for');
      const whoLeads = (): ReturnType<typeof findLeader> => findLeader([one, two], ENVIRONMENT);
      await guarded.untilState('errors', 'ok');

      const first = await whoLeads();
      await first.leader.process.kill();
      await judges(guarded, 3, first.other);
      await first.leader.process.start();

      const second = await whoLeads();
      second.leader.process.freeze();
      await sleep(LEASE);
      await judges(guarded, 3, second.other);
      second.leader.process.thaw();
      await judges(guarded, 3, second.other);

      await guarded.redis.restart();
      await judges(guarded, 3);
      guarded.redis.pause();
      await sleep(LEASE);
      guarded.redis.resume();
      await judges(guarded, 3);

      const last = await whoLeads();
      guarded.redis.pause();
      guarded.bad.v2 = 0.5;
      await sleep(3_000);
      await last.leader.process.kill();
      guarded.redis.resume();
      await guarded.untilDid('trip', 'errors');
      await last.leader.process.start();
      await judges(guarded, 3);
      await expectOneTrip(guarded);
    }));

  it('is blind while the clock of the store tells another time, and goes on where it was', () =>
    Stage.play(async (stage) => {
      const clock = stage.keep(new TurnedClock(), (one) => one.close());
      const guarded = await GuardedRollout.start(stage, GUARDS, { clock, hold: null });
      guarded.bad.v1 = guarded.bad.v2 = 0.05;
      await guarded.untilState('errors', 'ok');
      for (const seconds of [3_600, -3_600, -40]) {
        clock.turn(seconds);
        const { trouble } = await guarded.untilState('errors', 'blind');
        expect(trouble).toMatch(seconds > 0 ? /no data/ : /clock/);
        clock.turn(0);
        await guarded.untilState('errors', 'ok');
        await judges(guarded, 2);
      }
      guarded.bad.v2 = 0.5;
      await guarded.untilDid('trip', 'errors');
      await expectOneTrip(guarded);
    }));
});
