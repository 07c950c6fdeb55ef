import { describe, expect, it } from '@jest/globals';
import { compile, type Engine, type EvaluationContext } from '@tidegate/sdk/engine';
import fc from 'fast-check';
import {
  after,
  flagOf,
  guardOf,
  imageOf,
  rolloutOf,
  routeOf,
  segmentOf,
  withAppliedRoute,
} from '../../../test/support/image.js';
import { freshRecord } from '../guard/record.js';
import type { Image } from '../image.js';
import type { Plan } from '../plan.js';
import type { RolloutStep } from '../rollout.js';
import { toSnapshot } from '../snapshot.js';
import { trip } from '../trip.js';
import { abortRollout } from './abort.js';
import { advance } from './advance.js';
import { followUps, mergeEdits } from './follow-ups.js';
import { isOwnedRuleId } from './owned-rules.js';
import { overrideGuard } from './override-guard.js';
import { pauseRollout } from './pause.js';
import { positionOf, unfinishedRollouts } from './position.js';
import { promoteRollout } from './promote.js';
import { resetGuard } from './reset-guard.js';
import { resumeRollout } from './resume.js';
import { startRollout } from './start.js';

const ROLLOUTS = ['a', 'b'] as const;
const FLAG = 'checkout';
const ROUTES = ['shop', 'cart', 'mail'] as const;

type Sides = 'flag' | 'route' | 'both';

const audience = fc.constantFrom('employees', 'friends');
const early: fc.Arbitrary<RolloutStep> = fc.oneof(
  fc.record({
    preview: fc.record({ header: fc.constant('x-preview'), value: fc.constantFrom('blue', 'green') }),
    hold: fc.constantFrom(0, 1, null),
  }),
  fc.record({ mirror: fc.integer({ min: 1, max: 100 }), hold: fc.constantFrom(0, 1) }),
  fc.record({ audience, hold: fc.constantFrom(0, 1, null) }),
  fc.record({ weight: fc.integer({ min: 1, max: 9_999 }).map((n) => n * 10), hold: fc.constantFrom(0, 1) }),
);
/** Steps with rising shares, the last for everybody. Only requests to routes have previews and copies. */
const steps = fc.array(early, { maxLength: 5 }).map((drawn): RolloutStep[] => {
  let reached = 10;
  const rising = drawn.map((step): RolloutStep => {
    if (!('weight' in step)) return step;
    reached = Math.max(reached, step.weight);
    return { ...step, weight: reached };
  });
  return [...rising, { weight: 100_000, hold: 1 }];
});

interface World {
  readonly sides: Sides;
  /** How many routes it moves where it moves any. */
  readonly routes: number;
  readonly steps: RolloutStep[];
  readonly holdback: number;
}

const OF_REQUESTS = ['preview', 'mirror'];

const drawn: fc.Arbitrary<World> = fc.record({
  sides: fc.constantFrom<Sides>('flag', 'route', 'both'),
  routes: fc.integer({ min: 1, max: ROUTES.length }),
  steps,
  holdback: fc.constantFrom(0, 0, 1_000),
});
const world = drawn.map((one): World => {
  if (one.sides !== 'flag') return one;
  return { ...one, steps: one.steps.filter((step) => !OF_REQUESTS.some((kind) => kind in step)) };
});

function movedRoutes({ sides, routes }: World): readonly string[] {
  return sides === 'flag' ? [] : ROUTES.slice(0, routes);
}

function begin(start: World): Image {
  const { sides, steps, holdback } = start;
  const both = ROLLOUTS.map((key) =>
    rolloutOf({
      key,
      flag: sides === 'route' ? null : { key: FLAG, new: 'on', control: 'off' },
      routes: movedRoutes(start).map((route) => ({ key: route, new: 'v2', control: 'v1' })),
      steps,
      holdback,
      guards: ['errors'],
      salt: 'own-salt',
    }),
  );
  const reads =
    sides === 'route'
      ? ({ source: 'prometheus', template: 'envoy', route: ROUTES[0] } as const)
      : ({ source: 'events', events: { flag: FLAG, bad: 'error' } } as const);
  return imageOf(
    segmentOf({ key: 'employees', included: ['user-1', 'user-2'] }),
    segmentOf({ key: 'friends', included: ['user-3'] }),
    guardOf({ key: 'errors', threshold: 0.1, ...reads }),
    flagOf({
      key: FLAG,
      rules: [
        {
          id: 'above',
          condition: { attribute: ['vip'], operator: 'equals', value: true },
          serve: { variant: 'on' },
        },
      ],
    }),
    ...ROUTES.map((key) =>
      routeOf({
        key,
        salt: 'shared',
        rules: [
          {
            id: 'above',
            condition: { attribute: ['vip'], operator: 'equals', value: true },
            serve: { version: 'v2' },
          },
        ],
      }),
    ),
    ...both,
  );
}

const ACTS = [
  'start',
  'promote',
  'pause',
  'resume',
  'abort',
  'advance',
  'trip',
  'reset',
  'override',
  'kill',
  'close',
] as const;
type Act = { readonly act: (typeof ACTS)[number]; readonly rollout: (typeof ROLLOUTS)[number] };
const acts = fc.array(fc.record({ act: fc.constantFrom(...ACTS), rollout: fc.constantFrom(...ROLLOUTS) }), {
  minLength: 1,
  maxLength: 25,
});

type PlannedCommit = NonNullable<Plan['commit']>;

const PEOPLE = {
  start: startRollout,
  promote: promoteRollout,
  pause: pauseRollout,
  resume: resumeRollout,
  abort: abortRollout,
};

function decide(image: Image, { act, rollout }: Act, now: number): PlannedCommit | null {
  switch (act) {
    case 'advance':
      return advanceNow(image, rollout, now);
    case 'trip':
      return tripNow(image, rollout, now);
    case 'reset':
      return resetGuard(image, { guard: 'errors', subject: `rollout/${rollout}` }, now).commit;
    case 'override':
      return overrideGuard(image, { rollout, guard: 'errors' }, now).commit;
    case 'kill':
    case 'close':
      return killNow(image, act, now);
    default:
      return PEOPLE[act](image, { rollout }, now).commit;
  }
}

function advanceNow(image: Image, rollout: string, now: number): PlannedCommit | null {
  const result = advance(image, rollout, now);
  if (result.decision !== 'stay') return result.commit;
  return result.state === null ? null : { edits: [], state: [result.state], expected: {} };
}

function tripNow(image: Image, rollout: string, now: number): PlannedCommit | null {
  const { position } = positionOf(image, rollout);
  const revision = image.states.get(`guard/errors/rollout/${rollout}`)?.revision ?? 0;
  const record = freshRecord(position.run, now);
  return trip(image, { guard: 'errors', subject: `rollout/${rollout}`, record, revision, evidence: {} }, now);
}

/** A person turns the flag off, or closes the last route that may move. */
function killNow(image: Image, act: 'kill' | 'close', now: number): PlannedCommit | null {
  const flag = image.documents.value('flag', FLAG);
  const moved = image.documents.value('rollout', 'a')?.routes.at(-1)?.key ?? ROUTES[0];
  const route = image.documents.value('route', moved);
  if (flag === undefined || route === undefined) return null;
  const edit =
    act === 'kill'
      ? ({ kind: 'flag', key: FLAG, value: { ...flag, enabled: false } } as const)
      : ({ kind: 'route', key: moved, value: { ...route, closed: 'v1' } } as const);
  const dragged = followUps(image, [edit], now);
  const edits = mergeEdits([edit], dragged.edits);
  const expected = Object.fromEntries(
    edits.map(({ kind, key }) => [`${kind}/${key}`, image.documents.get(kind, key)?.revision ?? 0]),
  );
  return { ...dragged, edits, expected };
}

function run(image: Image, act: Act, now: number): Image {
  const ready = ROUTES.reduce((standing, route) => withAppliedRoute(standing, route, now), image);
  const commit = decide(ready, act, now);
  return commit === null ? ready : after(ready, commit);
}

function engineOf(image: Image): Engine {
  return compile(toSnapshot(image));
}

const USERS: EvaluationContext[] = [
  {},
  { targetingKey: '' },
  { vip: true, targetingKey: 'user-9' },
  { request: { headers: { 'x-preview': 'blue' } }, targetingKey: 'user-10' },
  { request: { headers: { 'x-preview': 'green' } } },
  ...Array.from({ length: 150 }, (_, index) => ({ targetingKey: `user-${index}` })),
];

const isNewVariant = (engine: Engine, user: EvaluationContext): boolean =>
  engine.evaluate(FLAG, user).variant === 'on';
const isOnNewOf =
  (route: string) =>
  (engine: Engine, user: EvaluationContext): boolean =>
    engine.evaluateRoute(route, user)?.version === 'v2';

describe('whatever is done to rollouts, in any order', () => {
  it('an unfinished rollout owns rules on all its sides, last, and nothing else does', () => {
    fc.assert(
      fc.property(world, acts, (start, sequence) => {
        let image = begin(start);
        sequence.forEach((act, index) => {
          image = run(image, act, 1_000 + index * 700);
          expectOwnership(image, start);
          expectMirrors(image, start);
        });
      }),
      { numRuns: 80 },
    );
  });

  it('rules above the owned ones, and all that no rollout owns, stay as they were', () => {
    fc.assert(
      fc.property(world, acts, (start, sequence) => {
        const before = begin(start);
        const image = sequence.reduce((state, act, index) => run(state, act, 1_000 + index * 700), before);
        const bare = (from: Image): unknown => {
          const flag = from.documents.value('flag', FLAG);
          const rules = flag?.rules.filter(({ id }) => !isOwnedRuleId(id));
          const routes = ROUTES.map((key) => {
            const route = from.documents.value('route', key);
            const own = route?.rules.filter(({ id }) => !isOwnedRuleId(id));
            return { ...route, rules: own, closed: null, default: null, mirror: undefined };
          });
          return { ...flag, rules, enabled: null, defaultVariant: null, routes };
        };
        expect(bare(image)).toEqual(bare(before));
      }),
      { numRuns: 60 },
    );
  });
});

function expectOwnership(image: Image, start: World): void {
  const unfinished = unfinishedRollouts(image);
  expect(unfinished.length).toBeLessThanOrEqual(1);
  const owner = unfinished[0]?.rollout.key;
  const routes = movedRoutes(start);
  for (const [moves, side] of [
    [start.sides !== 'route', image.documents.value('flag', FLAG)],
    ...ROUTES.map((key) => [routes.includes(key), image.documents.value('route', key)] as const),
  ] as const) {
    const ids = (side?.rules ?? []).map(({ id }) => id);
    const owned = ids.filter(isOwnedRuleId);
    expect(owned.length > 0).toBe(owner !== undefined && moves && letsIn(image, owner));
    expect(ids.slice(ids.length - owned.length)).toEqual(owned);
    expect(owned.every((id) => id.startsWith(`rollout:${owner}:`))).toBe(true);
  }
}

/** A step that only copies requests, with none before it, lets nobody in. */
function letsIn({ documents, states }: Image, rollout: string): boolean {
  const { step = 0 } = (states.get(`rollout/${rollout}`)?.value ?? {}) as { readonly step?: number };
  const done = documents.value('rollout', rollout)?.steps.slice(0, step + 1) ?? [];
  return done.some((one) => !('mirror' in one));
}

/** The mirrors of all routes that move are those of the present step, to the new version; no other route has one. */
function expectMirrors(image: Image, start: World): void {
  const [unfinished] = unfinishedRollouts(image);
  const present = unfinished?.rollout.value.steps[unfinished.position.step];
  const mirror = present && 'mirror' in present ? { version: 'v2', percent: present.mirror } : undefined;
  for (const key of ROUTES) {
    const moves = movedRoutes(start).includes(key);
    expect(image.documents.value('route', key)?.mirror).toEqual(moves ? mirror : undefined);
  }
}

/** The image in each step of rollout `a`, started and promoted to its end. */
function ramp(start: World): Image[] {
  const first = run(begin(start), { act: 'start', rollout: 'a' }, 1_000);
  expect(unfinishedRollouts(first)).toHaveLength(1);
  const images = [first];
  for (let step = 1; step < start.steps.length; step += 1) {
    images.push(run(images.at(-1) as Image, { act: 'promote', rollout: 'a' }, 1_000 + step));
  }
  return images;
}

describe('a ramp', () => {
  it('never moves out who is in, neither in the flag nor on the route', () => {
    fc.assert(
      fc.property(world, (start) => {
        const engines = ramp(start).map(engineOf);
        for (const [index, engine] of engines.entries()) {
          const next = engines[index + 1];
          if (next === undefined) continue;
          for (const user of USERS) {
            if (isNewVariant(engine, user)) expect(isNewVariant(next, user)).toBe(true);
            for (const route of ROUTES)
              if (isOnNewOf(route)(engine, user)) expect(isOnNewOf(route)(next, user)).toBe(true);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('puts each user in the same arm in flag and all routes, in every step', () => {
    fc.assert(
      fc.property(world, (start) => {
        const both: World = { ...start, sides: 'both' };
        for (const engine of ramp(both).map(engineOf)) {
          for (const user of USERS)
            for (const route of movedRoutes(both))
              expect(isOnNewOf(route)(engine, user)).toBe(isNewVariant(engine, user));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('changes nobody’s answer when it completes, except the holdback’s', () => {
    fc.assert(
      fc.property(world, (start) => {
        const last = ramp(start).at(-1) as Image;
        const done = run(last, { act: 'promote', rollout: 'a' }, 5_000);
        expect(positionOf(done, 'a').position.state).toBe('completed');
        const [before, behind] = [engineOf(last), engineOf(done)];
        let moved = 0;
        for (const user of USERS) {
          const same = [isNewVariant, ...ROUTES.map(isOnNewOf)].every(
            (isNew) => isNew(before, user) === isNew(behind, user),
          );
          if (!same) moved += 1;
        }
        if (start.holdback === 0) expect(moved).toBe(0);
        else expect(moved).toBeLessThan(USERS.length / 10);
      }),
      { numRuns: 30 },
    );
  });

  it('returns everybody to the control when it is aborted in any step', () => {
    fc.assert(
      fc.property(world, fc.nat(5), (start, step) => {
        const images = ramp(start);
        const standing = images[step % images.length] ?? begin(start);
        const aborted = run(standing, { act: 'abort', rollout: 'a' }, 5_000);
        const [before, behind] = [engineOf(begin(start)), engineOf(aborted)];
        for (const user of USERS) {
          expect(isNewVariant(behind, user)).toBe(isNewVariant(before, user));
          for (const route of ROUTES)
            expect(isOnNewOf(route)(behind, user)).toBe(isOnNewOf(route)(before, user));
        }
      }),
      { numRuns: 30 },
    );
  });
});
