import { describe, expect, it } from '@jest/globals';
import {
  after,
  afterPlan,
  flagOf,
  guardOf,
  imageOf,
  rolloutOf,
  routeOf,
  segmentOf,
  withAppliedRoute,
  withState,
} from '../../../test/support/image.js';
import type { Image } from '../image.js';
import type { Plan } from '../plan.js';
import type { RolloutPosition } from '../rollout.js';
import { abortRollout } from './abort.js';
import { freshRecord } from '../guard/record.js';
import { pauseRollout } from './pause.js';
import { promoteRollout } from './promote.js';
import { resetGuard } from './reset-guard.js';
import { resumeRollout } from './resume.js';
import { startRollout } from './start.js';

const NOW = 1_000_000;
const EMPLOYEES = segmentOf({ key: 'employees', included: ['eve'] });
const ERRORS = guardOf({
  key: 'errors',
  source: 'events',
  events: { flag: 'checkout', bad: 'error' },
  margin: 1.2,
});
const BOTH = rolloutOf({
  key: 'go',
  flag: { key: 'checkout', new: 'on', control: 'off' },
  routes: [{ key: 'shop', new: 'v2', control: 'v1' }],
  steps: [
    { audience: 'employees', hold: 60 },
    { weight: 5_000, hold: 60 },
    { weight: 100_000, hold: 60 },
  ],
  guards: ['errors'],
  salt: 'go',
});

const draft = (): Image =>
  withAppliedRoute(
    imageOf(EMPLOYEES, ERRORS, flagOf({ key: 'checkout', enabled: false }), routeOf({ key: 'shop' }), BOTH),
    'shop',
    NOW,
  );

const started = (): Image => applied(draft(), startRollout(draft(), { rollout: 'go' }, NOW));

function applied(image: Image, plan: Plan): Image {
  return withAppliedRoute(afterPlan(image, plan), 'shop', NOW);
}

const codes = (plan: Plan): string[] => plan.errors.map(({ code }) => code);
const position = (image: Image): RolloutPosition => image.states.get('rollout/go')?.value as RolloutPosition;
const flag = (image: Image) => image.documents.value('flag', 'checkout');
const route = (image: Image) => image.documents.value('route', 'shop');

describe('start', () => {
  it('writes the rules of step 1 on both sides, enables the flag, and makes fresh records in one commit', () => {
    const plan = startRollout(draft(), { rollout: 'go' }, NOW);
    expect(plan.commit?.expected).toEqual({ 'flag/checkout': 1, 'route/shop': 1 });
    expect(plan.commit?.unchanged).toEqual({ 'rollout/go': 1, 'guard/errors': 1 });
    const image = started();
    expect(flag(image)).toMatchObject({ enabled: true, rules: [{ id: 'rollout:go:audience' }] });
    expect(route(image)?.rules.map(({ id }) => id)).toEqual(['rollout:go:audience']);
    expect(position(image)).toMatchObject({ run: 1, step: 0, state: 'running', startedAt: NOW });
    expect(image.states.get('guard/errors/rollout/go')?.value).toMatchObject({
      run: 1,
      madeAt: NOW,
      trip: null,
    });
    expect(plan.commit?.event).toMatchObject({
      kind: 'start',
      subject: 'rollout/go',
      evidence: { step: 1, of: 3 },
    });
  });

  it('counts the runs', () => {
    const aborted = applied(started(), abortRollout(started(), { rollout: 'go' }, NOW));
    const again = applied(aborted, startRollout(aborted, { rollout: 'go' }, NOW));
    expect(position(again)).toMatchObject({ run: 2, step: 0 });
  });

  it('warns that a flag which is off and has another off variant moves everybody', () => {
    const image = after(draft(), {
      edits: [flagOf({ key: 'checkout', enabled: false, offVariant: 'on' })],
      expected: { 'flag/checkout': 1 },
    });
    expect(startRollout(image, { rollout: 'go' }, NOW).warnings.map(({ code }) => code)).toContain(
      'START_MOVES_EVERYBODY',
    );
    expect(startRollout(draft(), { rollout: 'go' }, NOW).warnings.map(({ code }) => code)).not.toContain(
      'START_MOVES_EVERYBODY',
    );
  });

  it.each<[string, string, (image: Image) => Image]>([
    ['NOT_FOUND', 'there is no such rollout', (image) => ({ ...image, documents: imageOf().documents })],
    ['ROLLOUT_STATE', 'it runs already', () => started()],
    ['NOT_READY', 'nothing is known of the route', (image) => ({ ...image, states: new Map() })],
    ['NOT_READY', 'the status is too old', (image) => withAppliedRoute(image, 'shop', NOW - 15_001)],
    ['NOT_READY', 'no endpoint is ready', (image) => withAppliedRoute(image, 'shop', NOW, { v1: 1, v2: 0 })],
    [
      'DEFAULT_REQUIRED',
      'the flag has no default',
      (image) => edited(image, flagOf({ key: 'checkout', defaultVariant: null })),
    ],
    [
      'SAME_ARMS',
      'the default is the new arm',
      (image) => edited(image, flagOf({ key: 'checkout', defaultVariant: 'on' })),
    ],
    [
      'DANGLING_REFERENCE',
      'the variant is gone',
      (image) => edited(image, flagOf({ key: 'checkout', variants: { off: false } })),
    ],
    [
      'ROLLOUT_STATE',
      'the route is closed',
      (image) => edited(image, routeOf({ key: 'shop', closed: 'v1' })),
    ],
    ['GUARD_TRIPPED', 'its guard is latched', (image) => latched(image, 'guard/errors/rollout/go')],
    [
      'GUARD_TRIPPED',
      'a standing guard of the flag is latched',
      (image) => latched(image, 'guard/other/flag/checkout'),
    ],
    ['ROLLOUT_EXISTS', 'another one moves the flag', (image) => withRival(image)],
  ])('is refused with %s when %s', (code, _why, change) => {
    const plan = startRollout(change(draft()), { rollout: 'go' }, NOW);
    expect(codes(plan)).toEqual([code]);
    expect(plan.commit).toBeNull();
  });

  it('is refused with NOT_READY when the table applied is older than the route', () => {
    const image = edited(draft(), routeOf({ key: 'shop', description: 'changed' }));
    expect(codes(startRollout(image, { rollout: 'go' }, NOW))).toEqual(['NOT_READY']);
  });

  it('takes versions whose endpoints nobody can see as ready', () => {
    const image = withAppliedRoute(draft(), 'shop', NOW, { v1: 'unknown', v2: 'unknown' });
    expect(codes(startRollout(image, { rollout: 'go' }, NOW))).toEqual([]);
  });
});

function edited(image: Image, edit: ReturnType<typeof flagOf> | ReturnType<typeof routeOf>): Image {
  return after(image, { edits: [edit], expected: { [`${edit.kind}/${edit.key}`]: 1 } });
}

function latched(image: Image, key: string): Image {
  return withState(image, key, {
    ...freshRecord(1, NOW),
    state: 'tripped',
    trip: { at: NOW, evidence: { why: 'x' } },
  });
}

function withRival(image: Image): Image {
  const rival = rolloutOf({ ...BOTH.value, key: 'rival', routes: [] });
  const made = after(image, { edits: [rival], expected: { 'rollout/rival': 0 } });
  return applied(made, startRollout(made, { rollout: 'rival' }, NOW));
}

describe('promote', () => {
  it('moves one step and keeps earlier audiences in', () => {
    const image = applied(started(), promoteRollout(started(), { rollout: 'go' }, NOW + 5));
    expect(position(image)).toMatchObject({ step: 1, state: 'running', stepStartedAt: NOW + 5, held: 0 });
    expect(flag(image)?.rules).toEqual([
      expect.objectContaining({ id: 'rollout:go:audience' }),
      {
        id: 'rollout:go:split',
        condition: { all: [] },
        serve: {
          split: {
            bucketBy: ['targetingKey'],
            salt: 'shop-salt',
            arms: [
              { variant: 'on', weight: 5_000 },
              { variant: 'off', weight: 95_000 },
            ],
            otherwise: { arm: 'off' },
          },
        },
      },
    ]);
    expect(route(image)?.rules[1]?.serve).toEqual({
      split: {
        arms: [
          { version: 'v2', weight: 500 },
          { version: 'v1', weight: 9_500 },
        ],
        otherwise: { arm: 'v1' },
      },
    });
  });

  it('sends requests without a key to the new arm in the last step, and completes from there', () => {
    const second = applied(started(), promoteRollout(started(), { rollout: 'go' }, NOW));
    const last = applied(second, promoteRollout(second, { rollout: 'go' }, NOW));
    expect(flag(last)?.rules[1]).toMatchObject({ serve: { split: { otherwise: { arm: 'on' } } } });
    expect(route(last)?.rules[1]).toMatchObject({ serve: { split: { otherwise: { arm: 'v2' } } } });
    const plan = promoteRollout(last, { rollout: 'go' }, NOW);
    const done = applied(last, plan);
    expect(plan.commit?.event?.kind).toBe('complete');
    expect(flag(done)).toMatchObject({ defaultVariant: 'on', rules: [] });
    expect(route(done)).toMatchObject({ default: 'v2', rules: [] });
    expect(position(done).state).toBe('completed');
  });

  it('moves one step when two people promote what both have read', () => {
    const image = applied(
      started(),
      promoteRollout(started(), { rollout: 'go', expectedPosition: '1.0.running' }, NOW),
    );
    const second = promoteRollout(image, { rollout: 'go', expectedPosition: '1.0.running' }, NOW);
    expect(second.errors).toMatchObject([{ field: 'expectedPosition', code: 'STALE_REVISION' }]);
  });

  it('leaves a paused rollout paused', () => {
    const paused = applied(started(), pauseRollout(started(), { rollout: 'go' }, NOW));
    expect(position(applied(paused, promoteRollout(paused, { rollout: 'go' }, NOW)))).toMatchObject({
      step: 1,
      state: 'paused',
    });
  });

  it.each<[string, string, () => Image]>([
    ['GUARD_TRIPPED', 'a guard is latched', () => latched(started(), 'guard/errors/rollout/go')],
    ['NOT_READY', 'no endpoint is ready', () => withAppliedRoute(started(), 'shop', NOW, { v1: 1, v2: 0 })],
    ['ROLLOUT_STATE', 'it is a draft', draft],
  ])('is refused with %s when %s', (code, _why, image) => {
    expect(codes(promoteRollout(image(), { rollout: 'go' }, NOW))).toEqual([code]);
  });
});

describe('pause, resume and abort', () => {
  it('stops the clock of the step and starts it again', () => {
    const counting = withState(started(), 'rollout/go', { ...position(started()), heldAt: NOW });
    const paused = applied(counting, pauseRollout(counting, { rollout: 'go' }, NOW + 4_000));
    expect(position(paused)).toMatchObject({ state: 'paused', held: 4_000, heldAt: null });
    const resumed = applied(paused, resumeRollout(paused, { rollout: 'go' }, NOW + 9_000));
    expect(position(resumed)).toMatchObject({ state: 'running', held: 4_000, heldAt: null });
  });

  it('refuses to pause what is paused and to resume what runs', () => {
    const paused = applied(started(), pauseRollout(started(), { rollout: 'go' }, NOW));
    expect(codes(pauseRollout(paused, { rollout: 'go' }, NOW))).toEqual(['ROLLOUT_STATE']);
    expect(codes(resumeRollout(started(), { rollout: 'go' }, NOW))).toEqual(['ROLLOUT_STATE']);
  });

  it('takes the owned rules out on abort and leaves everything else', () => {
    const image = applied(started(), abortRollout(started(), { rollout: 'go' }, NOW));
    expect(flag(image)).toEqual({ ...flag(draft()), enabled: true });
    expect(route(image)).toEqual(route(draft()));
    expect(position(image)).toMatchObject({ state: 'aborted', step: 0 });
    expect(codes(abortRollout(image, { rollout: 'go' }, NOW))).toEqual(['ROLLOUT_STATE']);
  });
});

describe('resetGuard', () => {
  it('unlatches with a fresh record and enables nothing', () => {
    const image = latched(draft(), 'guard/errors/rollout/go');
    const plan = resetGuard(image, { guard: 'errors', subject: 'rollout/go' }, NOW + 1);
    expect(plan.commit).toMatchObject({ edits: [], event: { kind: 'reset', subject: 'guard/errors' } });
    const reset = after(image, plan.commit as NonNullable<Plan['commit']>);
    expect(reset.states.get('guard/errors/rollout/go')?.value).toMatchObject({ trip: null, madeAt: NOW + 1 });
  });

  it('is refused with NOT_LATCHED where nothing has tripped, NOT_FOUND without the guard', () => {
    expect(codes(resetGuard(draft(), { guard: 'errors', subject: 'rollout/go' }, NOW))).toEqual([
      'NOT_LATCHED',
    ]);
    const bare = resetGuard(draft(), { guard: 'errors', subject: 'go' }, NOW);
    expect(bare.errors[0]?.message).toContain('"rollout/go"');
    expect(codes(resetGuard(draft(), { guard: 'nobody', subject: 'rollout/go' }, NOW))).toEqual([
      'NOT_FOUND',
    ]);
  });
});
