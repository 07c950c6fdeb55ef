import { describe, expect, it } from '@jest/globals';
import { ALONE } from '../guard/combination.js';
import {
  afterPlan,
  flagOf,
  guardOf,
  imageOf,
  rolloutOf,
  routeOf,
  withAppliedRoute,
  withState,
} from '../../../test/support/image.js';
import { freshRecord } from '../guard/record.js';
import type { Image } from '../image.js';
import type { RolloutPosition, RolloutStep } from '../rollout.js';
import { startRollout } from './start.js';
import { AFTER_TRIP, watchedGuards } from './watched-guards.js';

const NOW = 100_000;
const EVENTS = { flag: 'checkout', bad: 'error' };

function started(steps: RolloutStep[]): Image {
  const image = withAppliedRoute(
    imageOf(
      flagOf({ key: 'checkout' }),
      routeOf({ key: 'shop' }),
      guardOf({ key: 'relative', source: 'events', events: EVENTS, margin: 1.2 }),
      guardOf({ key: 'absolute', source: 'events', events: EVENTS, threshold: 0.1 }),
      guardOf({ key: 'mesh', source: 'prometheus', template: 'istio', margin: 1.2 }),
      guardOf({
        key: 'alone',
        source: 'prometheus',
        template: 'envoy',
        threshold: 0.1,
        target: { route: 'shop', new: 'v2', control: 'v1' },
      }),
      guardOf({ key: 'unused', source: 'events', events: EVENTS, margin: 1.2 }),
      rolloutOf({
        key: 'go',
        flag: { key: 'checkout', new: 'on', control: 'off' },
        routes: [{ key: 'shop', new: 'v2', control: 'v1' }],
        steps,
        guards: ['relative', 'absolute', 'mesh'],
        salt: 'go',
      }),
    ),
    'shop',
    NOW,
  );
  return afterPlan(image, startRollout(image, { rollout: 'go' }, NOW));
}

const STEPS: RolloutStep[] = [
  { weight: 5_000, hold: 60 },
  { weight: 100_000, hold: 30 },
];

describe('watchedGuards', () => {
  it('are those of unfinished rollouts and those that stand alone, each with its arms and what it reads', () => {
    const route = { key: 'shop', service: 'shop.shop.svc.cluster.local', port: 80 };
    expect(
      watchedGuards(started(STEPS), NOW).map(({ guard, subject, reads }) => [guard.key, subject, reads]),
    ).toEqual([
      [
        'relative',
        'rollout/go',
        expect.objectContaining({ arms: { new: 'on', control: 'off' }, rule: 'rollout:go:split' }),
      ],
      [
        'absolute',
        'rollout/go',
        expect.objectContaining({
          arms: { new: 'on', control: 'off' },
          rule: null,
          rules: ['rollout:go:split'],
        }),
      ],
      [
        'mesh',
        'rollout/go',
        expect.objectContaining({
          arms: { new: 'v2', control: 'v1' },
          route: expect.objectContaining(route),
        }),
      ],
      [
        'alone',
        'route/shop',
        expect.objectContaining({
          arms: { new: 'v2', control: 'v1' },
          route: expect.objectContaining(route),
        }),
      ],
    ]);
  });

  it('know the step, the planned time and how many share the budget', () => {
    const [first, , , alone] = watchedGuards(started(STEPS), NOW + 1_000);
    expect(first?.situation).toEqual({
      now: NOW + 1_000,
      combined: { part: 1 / 3, rest: 0, largest: 0 },
      comparable: true,
      plan: {
        plannedEnd: NOW + 91_000,
        paused: false,
        endless: false,
        holdEnd: NOW + 61_000,
        stopped: true,
        whole: 90_000,
      },
      step: { startedAt: NOW, holdMs: 60_000 },
    });
    expect(alone?.situation).toMatchObject({
      combined: ALONE,
      comparable: true,
      plan: { plannedEnd: null },
      step: null,
    });
  });

  it('have nothing to compare in a step for everybody, and no end in one that people end', () => {
    const [last] = watchedGuards(started([{ weight: 100_000, hold: null }]), NOW);
    expect(last?.situation).toMatchObject({ comparable: false, plan: { endless: true } });
  });

  it('keep those that are latched for an hour, for the record, also of a rollout that was aborted', () => {
    const latch = { ...freshRecord(1, NOW), state: 'tripped', trip: { at: NOW, evidence: {} } };
    const image = withState(started(STEPS), 'guard/absolute/rollout/go', latch);
    const position = image.states.get('rollout/go')?.value as RolloutPosition;
    const aborted = withState(image, 'rollout/go', { ...position, state: 'aborted' });
    const keysAt = (state: Image, now: number): string[] =>
      watchedGuards(state, now).map(({ guard }) => guard.key);
    expect(keysAt(image, NOW + 1)).toEqual(['relative', 'absolute', 'mesh', 'alone']);
    expect(keysAt(image, NOW + AFTER_TRIP)).toEqual(['relative', 'mesh', 'alone']);
    expect(keysAt(aborted, NOW + 1)).toEqual(['absolute', 'alone']);
    expect(keysAt(aborted, NOW + AFTER_TRIP)).toEqual(['alone']);
    expect(watchedGuards(aborted, NOW + 1)[0]).toMatchObject({ exposed: false });
    const another = withState(aborted, 'rollout/go', { ...position, state: 'aborted', run: 2 });
    expect(keysAt(another, NOW + 1)).toEqual(['alone']);
  });

  it('leave out what was latched long ago, and begin anew on a record of another run', () => {
    const image = withState(
      withState(started(STEPS), 'guard/alone/route/shop', {
        ...freshRecord(0, 1),
        trip: { at: 1, evidence: {} },
      }),
      'guard/mesh/rollout/go',
      freshRecord(9, 1),
    );
    const later = AFTER_TRIP + 1;
    const watched = watchedGuards(image, later);
    expect(watched.map(({ guard }) => guard.key)).toEqual(['relative', 'absolute', 'mesh']);
    expect(watched.find(({ guard }) => guard.key === 'mesh')).toMatchObject({
      record: { run: 1, madeAt: later },
      revision: 2,
    });
  });
});
