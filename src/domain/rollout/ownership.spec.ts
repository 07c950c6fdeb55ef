import { describe, expect, it } from '@jest/globals';
import type { Flag, Route } from '@tidegate/sdk/engine';
import {
  after,
  flagOf,
  guardOf,
  imageOf,
  rolloutOf,
  routeOf,
  segmentOf,
  withAppliedRoute,
  withState,
} from '../../../test/support/image.js';
import type { Edit } from '../documents.js';
import type { Guard, GuardInput } from '../guard.js';
import { freshRecord } from '../guard/record.js';
import type { Image } from '../image.js';
import type { Rollout, RolloutStep } from '../rollout.js';
import { followUps, mergeEdits } from './follow-ups.js';
import { ownershipErrors } from './ownership.js';
import { positionOf, unfinishedRollout } from './position.js';
import { startRollout } from './start.js';

const NOW = 1_000;

const draft = (): Image =>
  withAppliedRoute(
    imageOf(
      segmentOf({ key: 'employees' }),
      flagOf({ key: 'checkout' }),
      routeOf({ key: 'shop' }),
      guardOf({ key: 'errors', source: 'events', events: { flag: 'checkout', bad: 'error' }, margin: 1.2 }),
      rolloutOf({
        key: 'go',
        flag: { key: 'checkout', new: 'on', control: 'off' },
        routes: [{ key: 'shop', new: 'v2', control: 'v1' }],
        steps: [
          { audience: 'employees', hold: 60 },
          { weight: 100_000, hold: 60 },
        ],
        guards: ['errors'],
        salt: 'go',
      }),
    ),
    'shop',
    NOW,
  );

function running(): Image {
  const { commit } = startRollout(draft(), { rollout: 'go' }, NOW);
  return after(draft(), commit as NonNullable<typeof commit>);
}

const latched = (image: Image): Image =>
  withState(image, 'guard/errors/rollout/go', { ...freshRecord(1, NOW), trip: { at: NOW, evidence: {} } });

const flagEdit = (image: Image, change: (flag: Flag) => Partial<Flag>): Edit => {
  const flag = image.documents.value('flag', 'checkout') as Flag;
  return { kind: 'flag', key: 'checkout', value: { ...flag, ...change(flag) } };
};
const routeEdit = (image: Image, change: (route: Route) => Partial<Route>): Edit => {
  const route = image.documents.value('route', 'shop') as Route;
  return { kind: 'route', key: 'shop', value: { ...route, ...change(route) } };
};
const rolloutEdit = (image: Image, change: (rollout: Rollout) => Partial<Rollout>): Edit => {
  const rollout = image.documents.value('rollout', 'go') as Rollout;
  return { kind: 'rollout', key: 'go', value: { ...rollout, ...change(rollout) } };
};
const found = (image: Image, edit: Edit): string[] =>
  ownershipErrors(image, [edit]).map(({ code, field }) => `${code} ${field}`);

const mine = { id: 'mine', condition: { all: [] }, serve: { variant: 'on' } };
const holds =
  (...seconds: (number | null)[]) =>
  ({ steps }: Rollout): Partial<Rollout> => ({
    steps: steps.map((step, index): RolloutStep => ({ ...step, hold: seconds[index] ?? null })),
  });

describe('while a rollout is unfinished', () => {
  it.each<[string, (image: Image) => Edit, string[]]>([
    [
      'a rule above the owned ones is free',
      (i) => flagEdit(i, ({ rules }) => ({ rules: [mine, ...rules] })),
      [],
    ],
    ['a description is free', (i) => routeEdit(i, () => ({ description: 'new' })), []],
    ['turning the flag off is never refused', (i) => flagEdit(i, () => ({ enabled: false })), []],
    ['closing the route is never refused', (i) => routeEdit(i, () => ({ closed: 'v1' })), []],
    [
      'owned rules stay last',
      (i) => flagEdit(i, ({ rules }) => ({ rules: [...rules, mine] })),
      ['OWNED_BY_ROLLOUT rules'],
    ],
    ['owned rules stay', (i) => flagEdit(i, () => ({ rules: [] })), ['OWNED_BY_ROLLOUT rules']],
    ['owned rules stay on the route', (i) => routeEdit(i, () => ({ rules: [] })), ['OWNED_BY_ROLLOUT rules']],
    [
      'the default stays',
      (i) => flagEdit(i, () => ({ defaultVariant: 'on' })),
      ['OWNED_BY_ROLLOUT defaultVariant'],
    ],
    [
      'a default is needed',
      (i) => flagEdit(i, () => ({ defaultVariant: null })),
      ['DEFAULT_REQUIRED defaultVariant'],
    ],
    [
      'the route’s default stays',
      (i) => routeEdit(i, () => ({ default: 'v2' })),
      ['OWNED_BY_ROLLOUT default'],
    ],
    [
      'the route’s salt stays',
      (i) => routeEdit(i, () => ({ salt: 'x', bucketBy: ['org'] })),
      ['OWNED_BY_ROLLOUT salt', 'OWNED_BY_ROLLOUT bucketBy'],
    ],
    ['the flag stays', () => ({ kind: 'flag', key: 'checkout', value: null }), ['OWNED_BY_ROLLOUT key']],
    ['the route stays', () => ({ kind: 'route', key: 'shop', value: null }), ['OWNED_BY_ROLLOUT key']],
    ['the rollout stays', () => ({ kind: 'rollout', key: 'go', value: null }), ['ROLLOUT_STATE key']],
    ['holds can be lengthened', (i) => rolloutEdit(i, holds(60, 61)), []],
    ['holds can be made endless', (i) => rolloutEdit(i, holds(null, 60)), []],
    ['holds can’t be shortened', (i) => rolloutEdit(i, holds(59, 60)), ['ROLLOUT_RUNNING steps']],
    [
      'nothing else of it can be edited',
      (i) => rolloutEdit(i, () => ({ guards: [] })),
      ['ROLLOUT_RUNNING steps'],
    ],
  ])('%s', (_what, edit, expected) => {
    expect(found(running(), edit(running()))).toEqual(expected);
  });

  it('the order of names in an owned rule doesn’t matter', () => {
    const reversed = flagEdit(running(), ({ rules }) => ({
      rules: rules.map(
        (rule) => Object.fromEntries(Object.entries(rule).reverse()) as unknown as Flag['rules'][number],
      ),
    }));
    expect(found(running(), reversed)).toEqual([]);
  });
});

describe('without an unfinished rollout', () => {
  it.each<[string, (image: Image) => Edit, string[]]>([
    ['the default is free', (i) => flagEdit(i, () => ({ defaultVariant: 'on' })), []],
    ['the rollout is free', (i) => rolloutEdit(i, () => ({ guards: [] })), []],
    [
      'an id of the owned form is not',
      (i) => flagEdit(i, () => ({ rules: [{ ...mine, id: 'rollout:x:split' }] })),
      ['RESERVED_NAME rules'],
    ],
  ])('%s', (_what, edit, expected) => {
    expect(found(draft(), edit(draft()))).toEqual(expected);
  });
});

describe('while a guard is latched', () => {
  it('enabling the flag and opening the route are refused, everything else is free', () => {
    const off = latched(
      after(draft(), {
        edits: [flagOf({ key: 'checkout', enabled: false }), routeOf({ key: 'shop', closed: 'v1' })],
        expected: { 'flag/checkout': 1, 'route/shop': 1 },
      }),
    );
    expect(
      found(
        off,
        flagEdit(off, () => ({ enabled: true })),
      ),
    ).toEqual(['GUARD_TRIPPED enabled']);
    expect(
      found(
        off,
        routeEdit(off, () => ({ closed: null })),
      ),
    ).toEqual(['GUARD_TRIPPED closed']);
    expect(
      found(
        off,
        flagEdit(off, () => ({ description: 'x' })),
      ),
    ).toEqual([]);
    expect(
      found(
        off,
        rolloutEdit(off, () => ({ flag: { key: 'other', new: 'on', control: 'off' } })),
      ),
    ).toEqual(['GUARD_TRIPPED flag']);
  });
});

describe('while a guard that stands alone is latched', () => {
  const versions = { v1: { version: 'v1' }, v2: { version: 'v2' }, v3: { version: 'v3' } };
  const standing = (key: string, target: NonNullable<GuardInput['target']>): Edit & { value: Guard } =>
    guardOf({
      key,
      source: 'prometheus',
      query: { bad: 'bad', total: 'total', arm: { label: 'v', new: 'v2', control: 'v1' } },
      threshold: 0.1,
      target,
    });
  const onRoute = standing('alone', { route: 'shop', new: 'v2', control: 'v1' });
  const onFlag = standing('switch', { flag: 'checkout', new: 'on', control: 'off' });
  const latch = { ...freshRecord(0, NOW), trip: { at: NOW, evidence: {} } };
  const shut = (closed: string | null): Image => {
    const image = imageOf(
      routeOf({ key: 'shop', versions, closed }),
      flagOf({ key: 'checkout', enabled: false }),
      onRoute,
      onFlag,
    );
    return withState(withState(image, 'guard/alone/route/shop', latch), 'guard/switch/flag/checkout', latch);
  };
  const closedTo = (from: string | null, to: string | null): string[] =>
    found(
      shut(from),
      routeEdit(shut(from), () => ({ closed: to })),
    );

  it('the route stays closed to the guard’s control', () => {
    expect(closedTo('v1', null)).toEqual(['GUARD_TRIPPED closed']);
    expect(closedTo('v1', 'v2')).toEqual(['GUARD_TRIPPED closed']);
    expect(closedTo('v1', 'v3')).toEqual(['GUARD_TRIPPED closed']);
    expect(closedTo('v1', 'v1')).toEqual([]);
  });

  it('closing the route is free, and so is moving it to the control', () => {
    expect(closedTo(null, 'v2')).toEqual([]);
    expect(closedTo('v3', 'v1')).toEqual([]);
    expect(closedTo('v3', 'v2')).toEqual([]);
  });

  it('the route may go from the control of one latched guard to that of another', () => {
    const other = standing('other', { route: 'shop', new: 'v1', control: 'v3' });
    const image = withState(
      { ...shut('v1'), documents: shut('v1').documents.with([other], 1) },
      'guard/other/route/shop',
      latch,
    );
    const moved = (closed: string): string[] =>
      found(
        image,
        routeEdit(image, () => ({ closed })),
      );
    expect(moved('v3')).toEqual([]);
    expect(moved('v2')).toEqual(['GUARD_TRIPPED closed']);
  });

  it.each<[string, Partial<Guard>, string[]]>([
    ['can’t be left without a target', { target: null }, ['GUARD_TRIPPED target']],
    [
      'can’t be pointed at something else',
      { target: { flag: 'checkout', new: 'on', control: 'off' } },
      ['GUARD_TRIPPED target'],
    ],
    [
      'can’t get another control',
      { target: { route: 'shop', new: 'v2', control: 'v3' } },
      ['GUARD_TRIPPED target'],
    ],
    ['can be edited in all else', { threshold: 0.2 }, []],
  ])('the guard %s', (_what, fields, expected) => {
    const edit: Edit = { kind: 'guard', key: 'alone', value: { ...onRoute.value, ...fields } };
    expect(found(shut('v1'), edit)).toEqual(expected);
    const unlatched = withState(shut('v1'), 'guard/alone/route/shop', freshRecord(0, NOW));
    expect(found(unlatched, edit)).toEqual([]);
  });

  it('the guard can be deleted, and its latch with it', () => {
    const edit: Edit = { kind: 'guard', key: 'alone', value: null };
    expect(found(shut('v1'), edit)).toEqual([]);
    expect(followUps(shut('v1'), [edit], NOW).state).toEqual([
      { key: 'guard/alone/route/shop', value: null },
    ]);
  });
});

describe('followUps', () => {
  const applied = (image: Image, edit: Edit): { image: Image; kind: string | undefined } => {
    const dragged = followUps(image, [edit], NOW + 1);
    const edits = mergeEdits([edit], dragged.edits);
    const expected = Object.fromEntries(
      edits.map(({ kind, key }) => [`${kind}/${key}`, image.documents.get(kind, key)?.revision ?? 0]),
    );
    return { image: after(image, { ...dragged, edits, expected }), kind: dragged.event?.kind };
  };

  it.each<[string, (image: Image) => Edit]>([
    ['a flag that goes off', (i) => flagEdit(i, () => ({ enabled: false, description: 'mine' }))],
    ['a route that is closed', (i) => routeEdit(i, () => ({ closed: 'v1', description: 'mine' }))],
  ])('%s aborts its rollout on both sides in the same commit, and keeps the edit', (_what, edit) => {
    const { image, kind } = applied(running(), edit(running()));
    expect(kind).toBe('abort');
    const { kind: edited, key } = edit(running());
    expect(image.documents.value(edited, key)).toMatchObject({ description: 'mine', rules: [] });
    expect(image.documents.value('flag', 'checkout')?.rules).toEqual([]);
    expect(image.documents.value('route', 'shop')?.rules).toEqual([]);
    expect(positionOf(image, 'go').position.state).toBe('aborted');
    expect(unfinishedRollout(image, { flag: 'checkout' })).toBeNull();
  });

  it('drags nothing along where nothing is killed', () => {
    expect(followUps(running(), [flagEdit(running(), () => ({ description: 'x' }))], NOW)).toEqual({
      edits: [],
      state: [],
    });
    expect(followUps(draft(), [flagEdit(draft(), () => ({ enabled: false }))], NOW)).toEqual({
      edits: [],
      state: [],
    });
  });

  it('takes the state of deleted documents along, and leaves a deleted route to be released', () => {
    const image = latched(running());
    const keys = (kind: 'rollout' | 'guard' | 'route', key: string): unknown =>
      followUps(image, [{ kind, key, value: null }], NOW).state;
    expect(keys('rollout', 'go')).toEqual([
      { key: 'rollout/go', value: null },
      { key: 'guard/errors/rollout/go', value: null },
    ]);
    expect(keys('guard', 'errors')).toEqual([{ key: 'guard/errors/rollout/go', value: null }]);
    expect(keys('route', 'shop')).toEqual([
      { key: 'route/shop', value: expect.objectContaining({ phase: 'releasing', namespace: 'shop' }) },
    ]);
  });

  it('begins the record of a guard that stands alone, and forgets another target', () => {
    const target = { flag: 'checkout', new: 'on', control: 'off' };
    const alone = guardOf({
      key: 'alone',
      source: 'events',
      events: { flag: 'checkout', bad: 'error' },
      threshold: 0.1,
      target,
    });
    const begun = applied(draft(), alone).image;
    expect(begun.states.get('guard/alone/flag/checkout')?.value).toMatchObject({ run: 0, madeAt: NOW + 1 });
    const moved: Edit = {
      kind: 'guard',
      key: 'alone',
      value: { ...alone.value, target: { flag: 'other', new: 'on', control: 'off' } },
    };
    expect(
      [...applied(begun, moved).image.states.keys()].filter((key) => key.startsWith('guard/alone')),
    ).toEqual(['guard/alone/flag/other']);
  });
});
