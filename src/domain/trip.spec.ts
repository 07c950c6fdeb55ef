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
import type { Flag } from '@tidegate/sdk/engine';
import type { GuardInput } from './guard.js';
import { freshRecord } from './guard/record.js';
import type { Image } from './image.js';
import { keptRecord } from './rollout/latches.js';
import { positionOf } from './rollout/position.js';
import { startRollout } from './rollout/start.js';
import { type Breach, trip } from './trip.js';

const NOW = 5_000;
const EVIDENCE = { words: 'errors 3× control' };

function started(guard: Partial<GuardInput> = {}, flag: Partial<Flag> = {}): Image {
  const image = withAppliedRoute(
    imageOf(
      flagOf({ key: 'checkout', ...flag }),
      routeOf({ key: 'shop' }),
      guardOf({
        key: 'errors',
        source: 'events',
        events: { flag: 'checkout', bad: 'error' },
        margin: 1.2,
        ...guard,
      }),
      guardOf({
        key: 'flag-alone',
        source: 'events',
        events: { flag: 'checkout', bad: 'error' },
        threshold: 0.1,
        target: { flag: 'checkout', new: 'on', control: 'off' },
      }),
      guardOf({
        key: 'route-alone',
        source: 'prometheus',
        template: 'envoy',
        threshold: 0.1,
        target: { route: 'shop', new: 'v2', control: 'v1' },
      }),
      rolloutOf({
        key: 'go',
        flag: { key: 'checkout', new: 'on', control: 'off' },
        routes: [{ key: 'shop', new: 'v2', control: 'v1' }],
        steps: [
          { weight: 5_000, hold: 60 },
          { weight: 100_000, hold: 60 },
        ],
        guards: ['errors'],
        salt: 'go',
      }),
    ),
    'shop',
    NOW,
  );
  return afterPlan(image, startRollout(image, { rollout: 'go' }, NOW));
}

function breachOf(image: Image, guard: string, subject: string, run: number): Breach {
  const { record, revision } = keptRecord(image, guard, subject);
  return { guard, subject, record: record ?? freshRecord(run, NOW), revision, evidence: EVIDENCE };
}

/** The image after the trip, and its event. */
function tripped(image: Image, guard = 'errors', subject = 'rollout/go') {
  const run = subject.startsWith('rollout/') ? 1 : 0;
  const commit = trip(image, breachOf(image, guard, subject, run), NOW);
  if (commit === null) throw new Error('nothing to trip');
  const state = after(image, commit);
  return {
    commit,
    flag: state.documents.value('flag', 'checkout'),
    route: state.documents.value('route', 'shop'),
    position: positionOf(state, 'go').position,
    record: keptRecord(state, guard, subject).record,
  };
}

describe('a trip on a rollout', () => {
  it('closes flag and route, aborts and latches in one commit', () => {
    const { commit, flag, route, position, record } = tripped(started());
    expect(flag).toMatchObject({ enabled: false, rules: [], defaultVariant: 'off' });
    expect(route).toMatchObject({ closed: null, rules: [], default: 'v1' });
    expect(position).toMatchObject({ state: 'aborted', run: 1, step: 0 });
    expect(record).toMatchObject({ state: 'tripped', trip: { at: NOW, evidence: EVIDENCE } });
    expect(commit.event).toEqual({
      kind: 'trip',
      subject: 'guard/errors',
      evidence: {
        of: 'rollout/go',
        action: 'disable',
        blame: 'flag or version',
        run: 1,
        step: 1,
        reach: '5 %',
        ...EVIDENCE,
      },
    });
    expect(commit.unchanged).toEqual({ 'guard/errors': 1, 'rollout/go': 1 });
  });

  it('blames no arm where the guard sees none', () => {
    const topline = { kind: 'topline', margin: null, topline: { slo: 0.99, rate: 5 } } as const;
    expect(tripped(started(topline)).commit.event?.evidence).toMatchObject({ action: 'pause', blame: null });
  });

  it.each<[string, Partial<GuardInput>, Partial<Flag>, boolean]>([
    ['leaves the flag on with restore', { action: 'restore' }, {}, true],
    ['leaves it on by default where off is not the control', {}, { offVariant: null }, true],
    ['turns it off with disable wherever off leads', { action: 'disable' }, { offVariant: null }, false],
  ])('%s', (_what, guard, flag, enabled) => {
    const result = tripped(started(guard, flag));
    expect(result.flag).toMatchObject({ enabled, rules: [] });
    expect(result.route).toMatchObject({ rules: [] });
    expect(result.position.state).toBe('aborted');
  });

  it('leaves every edit of people', () => {
    const image = started();
    const flag = image.documents.get('flag', 'checkout');
    const mine = { id: 'mine', condition: { all: [] }, serve: { variant: 'off' } };
    const edited = after(image, {
      edits: [
        {
          kind: 'flag',
          key: 'checkout',
          value: { ...(flag?.value as Flag), rules: [mine, ...(flag?.value.rules ?? [])] },
        },
      ],
      expected: { 'flag/checkout': flag?.revision ?? 0 },
    });
    expect(tripped(edited).flag?.rules).toEqual([mine]);
  });

  it('does nothing for a run that ended, an unknown guard, or a subject that is gone', () => {
    const image = started();
    const breach = breachOf(image, 'errors', 'rollout/go', 1);
    expect(trip(image, { ...breach, record: freshRecord(0, NOW) }, NOW)).toBeNull();
    expect(trip(image, { ...breach, guard: 'nobody' }, NOW)).toBeNull();
    expect(trip(image, { ...breach, subject: 'rollout/gone' }, NOW)).toBeNull();
    const aborted = after(image, trip(image, breach, NOW) as NonNullable<ReturnType<typeof trip>>);
    expect(trip(aborted, breach, NOW)).toBeNull();
  });
});

describe('a trip of a guard that stands alone', () => {
  it('turns the flag off and aborts its rollout on both sides', () => {
    const { commit, flag, route, position, record } = tripped(started(), 'flag-alone', 'flag/checkout');
    expect(flag).toMatchObject({ enabled: false, rules: [] });
    expect(route).toMatchObject({ closed: null, rules: [] });
    expect(position.state).toBe('aborted');
    expect(record?.trip).not.toBeNull();
    expect(commit.event).toMatchObject({
      kind: 'trip',
      evidence: { aborted: 'rollout/go', of: 'flag/checkout' },
    });
  });

  it('closes the route to the control version and aborts its rollout on both sides', () => {
    const { flag, route, position } = tripped(started(), 'route-alone', 'route/shop');
    expect(route).toMatchObject({ closed: 'v1', rules: [] });
    expect(flag).toMatchObject({ enabled: true, rules: [] });
    expect(position).toMatchObject({
      state: 'aborted',
      waiting:
        'Guard route-alone has aborted it: errors 3× control. To begin anew, reset the guard, open the route and start.',
    });
  });

  it('latches and tells though the flag is off already', () => {
    const image = started();
    const off = after(image, tripped(image, 'flag-alone', 'flag/checkout').commit);
    const commit = trip(off, breachOf(off, 'flag-alone', 'flag/checkout', 0), NOW);
    expect(commit).toMatchObject({ edits: [], event: { kind: 'trip' } });
  });
});
