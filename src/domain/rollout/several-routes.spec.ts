import { describe, expect, it } from '@jest/globals';
import {
  after,
  afterPlan,
  commitIn,
  flagOf,
  guardOf,
  imageOf,
  rolloutOf,
  routeOf,
  segmentOf,
  withAppliedRoute,
} from '../../../test/support/image.js';
import { draft, fullImage, imageWith, refused } from '../../../test/support/proposals.js';
import type { Edit } from '../documents.js';
import { freshRecord } from '../guard/record.js';
import type { Image } from '../image.js';
import type { Plan } from '../plan.js';
import { trip } from '../trip.js';
import { abortRollout } from './abort.js';
import { advance } from './advance.js';
import { followUps, mergeEdits } from './follow-ups.js';
import { pauseRollout } from './pause.js';
import { positionOf } from './position.js';
import { promoteRollout } from './promote.js';
import { resumeRollout } from './resume.js';
import { startRollout } from './start.js';
import { watchedGuards } from './watched-guards.js';

const NOW = 1_000_000;
const APPS = ['shop', 'cart', 'mail'];
const moves = APPS.map((key) => ({ key, new: 'v2', control: 'v1' }));
const GO = rolloutOf({
  key: 'go',
  flag: { key: 'checkout', new: 'on', control: 'off' },
  routes: moves,
  steps: [
    { audience: 'employees', hold: 0 },
    { weight: 5_000, hold: 0 },
    { weight: 100_000, hold: 0 },
  ],
  guards: ['errors'],
  salt: 'unused',
});

const applied = (image: Image, now = NOW): Image =>
  APPS.reduce((standing, key) => withAppliedRoute(standing, key, now), image);

const DRAFT = applied(
  imageOf(
    segmentOf({ key: 'employees', included: ['eve'] }),
    guardOf({ key: 'errors', source: 'prometheus', template: 'envoy', threshold: 0.1, route: 'cart' }),
    flagOf({ key: 'checkout', enabled: false }),
    ...APPS.map((key) => routeOf({ key, salt: 'shared' })),
    GO,
  ),
);

function written(image: Image, plan: Plan): Image {
  return applied(afterPlan(image, plan));
}

const input = { rollout: 'go' };
const STARTED = written(DRAFT, startRollout(DRAFT, input, NOW));
const SPLIT = written(STARTED, promoteRollout(STARTED, input, NOW));
const LAST = written(SPLIT, promoteRollout(SPLIT, input, NOW));

/** Ids of owned rules and default of the flag and of each route. */
function standing(image: Image): unknown[] {
  const { documents } = image;
  const flag = documents.value('flag', 'checkout');
  const routes = APPS.map((key) => documents.value('route', key));
  return [
    [flag?.defaultVariant, ...(flag?.rules ?? []).map(({ id }) => id)],
    ...routes.map((route) => [route?.default, ...(route?.rules ?? []).map(({ id }) => id)]),
  ];
}

const everywhere = (flag: string, version: string, ...parts: string[]): unknown[] => {
  const ids = parts.map((part) => `rollout:go:${part}`);
  return [[flag, ...ids], ...APPS.map(() => [version, ...ids])];
};

const edited = (plan: { readonly edits: readonly Edit[] }): string[] =>
  plan.edits.map(({ kind, key }) => `${kind}/${key}`).sort();
const ALL = ['flag/checkout', 'route/cart', 'route/mail', 'route/shop'];

describe('a rollout of a flag and several routes', () => {
  it.each<[string, Image, Plan, unknown[], string]>([
    ['start', DRAFT, startRollout(DRAFT, input, NOW), everywhere('off', 'v1', 'audience'), '1.0.running'],
    [
      'promote',
      STARTED,
      promoteRollout(STARTED, input, NOW),
      everywhere('off', 'v1', 'audience', 'split'),
      '1.1.running',
    ],
    ['complete', LAST, promoteRollout(LAST, input, NOW), everywhere('on', 'v2'), '1.2.completed'],
    ['abort', SPLIT, abortRollout(SPLIT, input, NOW), everywhere('off', 'v1'), '1.1.aborted'],
  ])('writes all of them in one commit at %s', (_act, image, plan, expected, token) => {
    const commit = commitIn(plan);
    expect(edited(commit)).toEqual(ALL);
    const image2 = after(image, commit);
    const { run, step, state } = positionOf(image2, 'go').position;
    expect([standing(image2), `${run}.${step}.${state}`]).toEqual([expected, token]);
  });

  it('steps all of them in one commit', () => {
    const unguarded = rolloutOf({ ...GO.value, guards: [] });
    const image = after(DRAFT, { edits: [unguarded], expected: { 'rollout/go': 1 } });
    const result = advance(written(image, startRollout(image, input, NOW)), 'go', NOW);
    expect(result.decision === 'next' && edited(result.commit)).toEqual(ALL);
  });

  it('pauses and resumes without a word on any side', () => {
    const paused = written(SPLIT, pauseRollout(SPLIT, input, NOW));
    expect(standing(paused)).toEqual(standing(SPLIT));
    expect(standing(written(paused, resumeRollout(paused, input, NOW)))).toEqual(standing(SPLIT));
  });

  it('returns all of them in the commit of a trip', () => {
    const record = freshRecord(1, NOW);
    const { revision } = SPLIT.states.get('guard/errors/rollout/go') ?? { revision: 0 };
    const breach = { guard: 'errors', subject: 'rollout/go', record, revision, evidence: {} };
    const commit = trip(SPLIT, breach, NOW);
    expect(edited(commit ?? { edits: [] })).toEqual(ALL);
    expect(standing(after(SPLIT, commit as NonNullable<typeof commit>))).toEqual(everywhere('off', 'v1'));
  });

  it.each<[string, Edit]>([
    ['the flag goes off', flagOf({ ...flagIn(SPLIT), enabled: false })],
    ...APPS.map((key): [string, Edit] => [
      `route ${key} is closed`,
      routeOf({ ...routeIn(SPLIT, key), closed: 'v1' }),
    ]),
  ])('is aborted on all sides in the same commit when %s', (_what, edit) => {
    const further = followUps(SPLIT, [edit], NOW);
    expect(further.state).toMatchObject([{ key: 'rollout/go', value: { state: 'aborted' } }]);
    const documents = SPLIT.documents.with(mergeEdits([edit], further.edits), 9);
    expect(standing({ ...SPLIT, documents })).toEqual(everywhere('off', 'v1'));
  });

  it.each(APPS)('waits for route %s as for each other', (key) => {
    const empty = withAppliedRoute(DRAFT, key, NOW, { v1: 1, v2: 0 });
    expect(startRollout(empty, input, NOW).errors).toMatchObject([
      { code: 'NOT_READY', message: `Version v2 of route ${key} has no ready endpoints.` },
    ]);
    const stale = withAppliedRoute(SPLIT, key, NOW - 15_001);
    expect(promoteRollout(stale, input, NOW).errors).toMatchObject([
      { code: 'NOT_READY', message: `The status of route ${key} is older than 15 s.` },
    ]);
  });

  it('shares no route with another unfinished rollout', () => {
    const rival = rolloutOf({ ...GO.value, key: 'rival', flag: null, routes: moves.slice(2) });
    const image = after(STARTED, { edits: [rival], expected: { 'rollout/rival': 0 } });
    expect(startRollout(image, { rollout: 'rival' }, NOW).errors).toMatchObject([
      { code: 'GUARD_NEEDS_ROUTE' },
    ]);
    const unguarded = rolloutOf({ ...rival.value, guards: [] });
    const free = after(STARTED, { edits: [unguarded], expected: { 'rollout/rival': 0 } });
    expect(startRollout(free, { rollout: 'rival' }, NOW).errors).toMatchObject([{ code: 'ROLLOUT_EXISTS' }]);
  });

  it('has a guard read the route that it names', () => {
    expect(watchedGuards(STARTED, NOW)).toMatchObject([
      { subject: 'rollout/go', reads: { arms: { new: 'v2', control: 'v1' }, route: { key: 'cart' } } },
    ]);
  });

  it('can’t start once one of its routes hashes otherwise', () => {
    const other = after(DRAFT, {
      edits: [routeOf({ key: 'mail', salt: 'own' })],
      expected: { 'route/mail': 1 },
    });
    expect(startRollout(other, input, NOW).errors).toMatchObject([
      { code: 'SALTS_DIFFER', field: 'routes.2.key' },
    ]);
  });
});

function flagIn({ documents }: Image) {
  const flag = documents.value('flag', 'checkout');
  if (flag === undefined) throw new Error('no flag');
  return flag;
}

function routeIn({ documents }: Image, key: string) {
  const route = documents.value('route', key);
  if (route === undefined) throw new Error(`no route ${key}`);
  return route;
}

describe('saving a rollout of several routes', () => {
  const second = (fields: object = {}) =>
    draft.route({ key: 'r2', service: 'r2.shop.svc.cluster.local', gateways: [], salt: 'r', ...fields });
  const image = imageWith(fullImage(), second());
  const both = ['r', 'r2'].map((key) => ({ key, new: 'v2', control: 'v1' }));
  const rollout = (fields: object = {}) => draft.rollout({ key: 'two', routes: both, guards: [], ...fields });
  const guard = (fields: object) => draft.guard({ key: 'read', ...fields });

  it.each<[string, Image, object, string[]]>([
    ['takes routes that hash alike', image, {}, []],
    [
      'refuses another salt',
      imageWith(image, second({ salt: 'other' })),
      {},
      ['SALTS_DIFFER at routes.1.key'],
    ],
    [
      'refuses another bucketBy',
      imageWith(image, second({ bucketBy: ['account'] })),
      {},
      ['SALTS_DIFFER at routes.1.key'],
    ],
    ['refuses a template that names no route', image, { guards: ['g'] }, ['GUARD_NEEDS_ROUTE at guards.0']],
    ['takes a template that names one', imageWith(image, guard({ route: 'r2' })), { guards: ['read'] }, []],
    [
      'refuses a template that names one that it doesn’t move',
      imageWith(image, second({ key: 'r3', service: 'r3.shop.svc.cluster.local' }), guard({ route: 'r3' })),
      { guards: ['read'] },
      ['GUARD_NEEDS_ROUTE at guards.0'],
    ],
    [
      'refuses a version that one of them lacks',
      image,
      { routes: [both[0], { ...both[1], new: 'v3' }] },
      ['DANGLING_REFERENCE at routes.1.key'],
    ],
    ['takes the form with one route', image, { routes: undefined, route: both[0] }, []],
  ])('%s', (_what, on, fields, expected) => {
    const given = Object.fromEntries(
      Object.entries(rollout(fields)[1]).filter(([, value]) => value !== undefined),
    );
    expect(refused(on, ['rollout', given as { key: string }])).toEqual(expected);
  });

  it('keeps each of its routes, and the one that a guard names, from being deleted', () => {
    const saved = imageWith(image, guard({ route: 'r2' }), rollout({ guards: ['read'] }));
    expect(refused(saved, second(), 'delete')).toEqual(['REFERENCED at key']);
    const alone = imageWith(image, guard({ route: 'r2' }));
    expect(refused(alone, second(), 'delete')).toEqual(['REFERENCED at key']);
  });

  it.each<[string, object, string[]]>([
    [
      'a guard with a target',
      { template: 'istio', target: { route: 'r', new: 'v2', control: 'v1' }, route: 'r' },
      ['INVALID_INPUT at route'],
    ],
    [
      'a guard with a query',
      {
        template: null,
        query: { bad: 'bad', total: 'all', arm: { label: 'v', new: 'b', control: 'a' } },
        route: 'r',
      },
      ['INVALID_INPUT at route'],
    ],
  ])('leaves no route to %s', (_what, fields, expected) => {
    expect(refused(image, guard(fields))).toEqual(expected);
  });
});
