import { describe, expect, it } from '@jest/globals';
import {
  after,
  afterPlan,
  flagOf,
  guardOf,
  imageOf,
  rolloutOf,
  routeOf,
  withAppliedRoute,
} from '../../test/support/image.js';
import { GUARD_ACTIONS, type GuardAction } from './guard.js';
import { guardErrors } from './guard-checks.js';
import { freshRecord } from './guard/record.js';
import type { Image } from './image.js';
import { keptRecord, latchedGuards } from './rollout/latches.js';
import { opinionOf } from './rollout/go.js';
import { positionOf } from './rollout/position.js';
import { promoteRollout } from './rollout/promote.js';
import { resumeRollout } from './rollout/resume.js';
import { resetGuard } from './rollout/reset-guard.js';
import { startRollout } from './rollout/start.js';
import { watchedGuards } from './rollout/watched-guards.js';
import type { Plan } from './plan.js';
import { trip } from './trip.js';

const NOW = 5_000;
const EVENTS = { flag: 'checkout', bad: 'error' };
const BINDING: GuardAction[] = ['disable', 'restore', 'stepBack', 'pause'];

function done(image: Image, plan: Plan): Image {
  return withAppliedRoute(afterPlan(image, plan), 'shop', NOW);
}

/** A rollout of 5 %, 20 %, 100 % in its step `step` (from 1), watched by a guard of this action and one more. */
function running(action: GuardAction, step = 1): Image {
  const image = withAppliedRoute(
    imageOf(
      flagOf({ key: 'checkout' }),
      routeOf({ key: 'shop' }),
      guardOf({ key: 'errors', source: 'events', events: EVENTS, margin: 1.2, action }),
      guardOf({ key: 'more', source: 'events', events: EVENTS, margin: 1.2 }),
      rolloutOf({
        key: 'go',
        flag: { key: 'checkout', new: 'on', control: 'off' },
        routes: [{ key: 'shop', new: 'v2', control: 'v1' }],
        steps: [5_000, 20_000, 100_000].map((weight) => ({ weight, hold: 60 })),
        guards: ['errors', 'more'],
        salt: 'go',
      }),
    ),
    'shop',
    NOW,
  );
  let next = done(image, startRollout(image, { rollout: 'go' }, NOW));
  for (let passed = 1; passed < step; passed += 1)
    next = done(next, promoteRollout(next, { rollout: 'go' }, NOW));
  return next;
}

function tripped(image: Image): Image {
  const { record, revision } = keptRecord(image, 'errors', 'rollout/go');
  const breach = {
    guard: 'errors',
    subject: 'rollout/go',
    revision,
    evidence: { words: 'errors 3× control' },
  };
  const commit = trip(image, { ...breach, record: record ?? freshRecord(1, NOW) }, NOW);
  if (commit === null) throw new Error('nothing to trip');
  return withAppliedRoute(after(image, commit), 'shop', NOW);
}

const weightOf = (image: Image): unknown =>
  image.documents
    .value('route', 'shop')
    ?.rules.flatMap(({ serve }) => ('split' in serve ? [serve.split.arms[0]?.weight] : []))[0];

describe('what a trip does', () => {
  it.each<[GuardAction, number, { state: string; step: number; weight?: number; enabled: boolean }]>([
    ['disable', 2, { state: 'aborted', step: 1, enabled: false }],
    ['restore', 2, { state: 'aborted', step: 1, enabled: true }],
    ['stepBack', 2, { state: 'paused', step: 0, weight: 500, enabled: true }],
    ['stepBack', 3, { state: 'paused', step: 1, weight: 2_000, enabled: true }],
    ['stepBack', 1, { state: 'aborted', step: 0, enabled: true }],
    ['pause', 2, { state: 'paused', step: 1, weight: 2_000, enabled: true }],
    ['tell', 2, { state: 'running', step: 1, weight: 2_000, enabled: true }],
    ['none', 2, { state: 'running', step: 1, weight: 2_000, enabled: true }],
  ])('%s in step %s', (action, step, { weight, enabled, ...position }) => {
    const image = tripped(running(action, step));
    expect(positionOf(image, 'go').position).toMatchObject(position);
    expect(weightOf(image)).toBe(weight);
    expect(image.documents.value('flag', 'checkout')?.enabled).toBe(enabled);
    expect(keptRecord(image, 'errors', 'rollout/go').record).toMatchObject({ state: 'tripped' });
  });

  it('is told with the action that was done', () => {
    const image = running('stepBack', 1);
    const breach = { guard: 'errors', subject: 'rollout/go', record: freshRecord(1, NOW), evidence: {} };
    const { revision } = keptRecord(image, 'errors', 'rollout/go');
    const commit = trip(image, { ...breach, revision }, NOW);
    expect(commit?.event?.evidence).toMatchObject({ action: 'restore', step: 1 });
  });

  it.each(['tell', 'none'] as const)('is nothing to a flag alone with %s, but the latch', (action) => {
    const target = { flag: 'checkout', new: 'on', control: 'off' };
    const image = imageOf(
      flagOf({ key: 'checkout' }),
      guardOf({ key: 'alone', source: 'events', events: EVENTS, threshold: 0.1, action, target }),
    );
    const breach = { guard: 'alone', subject: 'flag/checkout', record: freshRecord(0, NOW), revision: 0 };
    const commit = trip(image, { ...breach, evidence: {} }, NOW);
    expect(commit).toMatchObject({ edits: [], event: { kind: 'trip', evidence: { action } } });
    expect(commit?.state).toMatchObject([{ value: { state: 'tripped' } }]);
  });

  it.each(GUARD_ACTIONS)('may be %s alone only where there is something to do', (action) => {
    const target = { flag: 'checkout', new: 'on', control: 'off' };
    const guard = guardOf({ key: 'g', source: 'events', events: EVENTS, threshold: 0.1, action, target });
    const refused = ['restore', 'stepBack', 'pause'].includes(action);
    expect(guardErrors(guard.value).map(({ code }) => code)).toEqual(refused ? ['GUARD_ACTION'] : []);
  });
});

describe('a tripped guard', () => {
  it.each(GUARD_ACTIONS)('with %s stands in the way only where it binds', (action) => {
    const image = tripped(running(action, 2));
    const binds = BINDING.includes(action);
    expect(latchedGuards(image, { flag: 'checkout' })).toHaveLength(binds ? 1 : 0);
    const guard = image.documents.value('guard', 'errors');
    const rollout = image.documents.value('rollout', 'go');
    const { record } = keptRecord(image, 'errors', 'rollout/go');
    if (guard === undefined || rollout === undefined) throw new Error('gone');
    const { position } = positionOf(image, 'go');
    const { trouble } = opinionOf({ guard, record }, rollout, position, { now: NOW, since: 0 });
    expect(trouble).toBe(
      binds ? 'Guard errors has tripped: errors 3× control; override it, or reset it.' : null,
    );
  });

  it.each(['stepBack', 'pause'] as const)(
    'of %s keeps a person from promoting, until it is reset and the rollout goes on',
    (action) => {
      const image = tripped(running(action, 2));
      const refusals = promoteRollout(image, { rollout: 'go' }, NOW).errors;
      expect(refusals).toMatchObject([{ code: 'GUARD_TRIPPED' }]);
      const open = done(image, resetGuard(image, { guard: 'errors', subject: 'rollout/go' }, NOW));
      expect(keptRecord(open, 'errors', 'rollout/go').record).toMatchObject({ state: 'warming', trip: null });
      const on = done(open, resumeRollout(open, { rollout: 'go' }, NOW));
      expect(positionOf(on, 'go').position.state).toBe('running');
      expect(promoteRollout(on, { rollout: 'go' }, NOW).errors).toEqual([]);
    },
  );

  it.each<[GuardAction, number]>([
    ['restore', 1 / 2],
    ['tell', 1],
    ['none', 1],
  ])('shares the budget of false alarms only where it can trip the rollout: %s', (action, part) => {
    const [first] = watchedGuards(running(action), NOW);
    expect(first?.situation.combined.part).toBe(part);
  });
});
