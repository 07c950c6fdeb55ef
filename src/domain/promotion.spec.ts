import { describe, expect, it } from '@jest/globals';
import { after, flagOf, guardOf, imageOf, rolloutOf, routeOf, segmentOf } from '../../test/support/image.js';
import { compareEnvironments } from './compare-environments.js';
import type { Edit } from './documents.js';
import type { Image } from './image.js';
import type { Plan } from './plan.js';
import { type Chosen, planPromotion, type PromotionOptions } from './promotion.js';
import { startRollout } from './rollout/start.js';

const staging = (...edits: Edit[]): Image => ({ ...imageOf(...edits), scope: 'staging', revision: 7 });
const choose = (...names: `${Chosen['kind']}/${string}`[]): Chosen[] =>
  names.map((name, index) => {
    const [kind, key = ''] = name.split('/');
    return { kind: kind as Chosen['kind'], key, field: `documents.${index}` };
  });

function copy(from: Image, to: Image, chosen: Chosen[], asked: Partial<PromotionOptions> = {}): Plan {
  const options = { now: 1_000, actor: 'token:me', withNeeded: false, switches: false, ...asked };
  return planPromotion(from, to, chosen, options);
}

function copied(from: Image, to: Image, chosen: Chosen[], asked: Partial<PromotionOptions> = {}): Image {
  const { commit, errors } = copy(from, to, chosen, asked);
  expect(errors).toEqual([]);
  return after(to, commit as NonNullable<Plan['commit']>);
}

const told = ({ errors }: Plan): string[] => errors.map(({ code, field }) => `${code} at ${field}`);
const inSegment = (key: string) => ({ operator: 'inSegment', value: key }) as const;
const ruled = flagOf({
  key: 'f',
  rules: [{ id: 'r', condition: inSegment('s'), serve: { variant: 'on' } }],
});
const nested = segmentOf({ key: 's', rules: [inSegment('t')] });
const rollout = rolloutOf({
  key: 'roll',
  flag: { key: 'f', new: 'on', control: 'off' },
  steps: [{ weight: 100_000, hold: 60 }],
  salt: 'roll',
});
const started = (image: Image): Image =>
  after(image, startRollout(image, { rollout: 'roll' }, 1_000).commit as NonNullable<Plan['commit']>);

describe('planPromotion', () => {
  it('copies in one commit what was chosen, and tells from where', () => {
    const from = staging(flagOf({ key: 'f', owner: 'x' }), segmentOf({ key: 's' }), flagOf({ key: 'g' }));
    const { commit } = copy(from, imageOf(flagOf({ key: 'f' })), choose('flag/f', 'segment/s'));
    expect(commit?.edits.map(({ kind, key }) => `${kind}/${key}`)).toEqual(['flag/f', 'segment/s']);
    expect(commit).toMatchObject({
      expected: { 'flag/f': 1, 'segment/s': 0 },
      event: { kind: 'copy', evidence: { from: 'staging', fromRevision: 7 } },
    });
  });

  it('rests on the whole target where its revision was read, and refuses another one', () => {
    const from = staging(segmentOf({ key: 's', description: 'new' }));
    const to = { ...imageOf(segmentOf({ key: 's' })), revision: 4 };
    expect(copy(from, to, choose('segment/s')).commit?.asOf).toBeUndefined();
    expect(copy(from, to, choose('segment/s'), { revision: 4 }).commit?.asOf).toBe(4);
    expect(told(copy(from, to, choose('segment/s'), { revision: 3 }))).toEqual([
      'STALE_REVISION at expectedRevision',
    ]);
  });

  it('refuses what lacks something in the target, naming it; or takes along all that is needed', () => {
    const from = staging(ruled, nested, segmentOf({ key: 't' }));
    const plan = copy(from, imageOf(), choose('flag/f'));
    expect(told(plan)).toEqual(['DANGLING_REFERENCE at documents.0.rules.0.condition.value']);
    expect(plan.errors[0]?.message).toContain('no segment "s"');
    const { documents } = copied(from, imageOf(), choose('flag/f'), { withNeeded: true });
    expect([...documents.all()].map(({ kind, key }) => `${kind}/${key}`)).toEqual([
      'flag/f',
      'segment/s',
      'segment/t',
    ]);
  });

  it('leaves alone what is needed and is in the target already, though it differs', () => {
    const from = staging(ruled, segmentOf({ key: 's', included: ['ann'] }));
    const { documents } = copied(from, imageOf(segmentOf({ key: 's' })), choose('flag/f'), {
      withNeeded: true,
    });
    expect(documents.value('segment', 's')?.included).toEqual([]);
  });

  it.each<[string, boolean, Edit[], boolean, boolean]>([
    ['a new flag arrives off', true, [], false, false],
    ['a new flag arrives as it is, where switches are asked for', true, [], true, true],
    [
      'a flag that is off in the target stays off',
      true,
      [flagOf({ key: 'f', enabled: false })],
      false,
      false,
    ],
    ['a flag that is on in the target stays on', false, [flagOf({ key: 'f' })], false, true],
    ['a flag is turned off where switches are asked for', false, [flagOf({ key: 'f' })], true, false],
  ])('%s', (_, enabled, target, switches, expected) => {
    const from = staging(flagOf({ key: 'f', enabled, owner: 'x' }));
    const { documents } = copied(from, imageOf(...target), choose('flag/f'), { switches });
    expect(documents.value('flag', 'f')).toMatchObject({ enabled: expected, owner: 'x' });
  });

  it('copies no mirror, and keeps the one in the target', () => {
    const [theirs, ours] = [1, 2].map((percent) => ({ version: 'v2', percent }));
    const source = staging(routeOf({ key: 'r', mirror: theirs ?? null, description: 'new' }));
    const mirrorIn = (target: Image) =>
      copied(source, target, choose('route/r')).documents.value('route', 'r')?.mirror;
    expect(mirrorIn(imageOf())).toBeUndefined();
    expect(mirrorIn(imageOf(routeOf({ key: 'r' })))).toBeUndefined();
    expect(mirrorIn(imageOf(routeOf({ key: 'r', mirror: ours ?? null })))).toEqual(ours);
  });

  it('keeps place, salt and closing of a route in the target, and copies its rules', () => {
    const placed = routeOf({ key: 'r', service: 'r.live.svc.cluster.local', salt: 'mine', closed: 'v1' });
    const rules = [{ id: 'a', condition: { all: [] }, serve: { version: 'v2' } }];
    const { documents } = copied(staging(routeOf({ key: 'r', rules })), imageOf(placed), choose('route/r'));
    expect(documents.value('route', 'r')).toEqual({ ...placed.value, rules });
  });

  it('copies no rules that a rollout owns, and no positions', () => {
    const from = started(staging(flagOf({ key: 'f' }), rollout));
    const to = copied(from, imageOf(), choose('flag/f', 'rollout/roll'));
    expect(to.documents.value('flag', 'f')?.rules).toEqual([]);
    expect(to.states.size).toBe(0);
  });

  it('leaves the rules of the target’s rollout as they are, last, and its control alone', () => {
    const to = started(imageOf(flagOf({ key: 'f' }), rollout));
    const from = staging(ruled, segmentOf({ key: 's' }));
    const result = copied(from, to, choose('flag/f'), { withNeeded: true });
    expect(result.documents.value('flag', 'f')?.rules.map(({ id }) => id)).toEqual([
      'r',
      'rollout:roll:split',
    ]);
    const other = staging(flagOf({ key: 'f', defaultVariant: 'on' }));
    expect(told(copy(other, to, choose('flag/f')))).toEqual([
      'OWNED_BY_ROLLOUT at documents.0.defaultVariant',
    ]);
  });

  it('is never kept from turning a flag off, which ends the rollout in the target', () => {
    const to = started(imageOf(flagOf({ key: 'f' }), rollout));
    const { commit } = copy(staging(flagOf({ key: 'f', enabled: false })), to, choose('flag/f'), {
      switches: true,
    });
    expect(commit?.event).toMatchObject({ kind: 'abort', evidence: { from: 'staging' } });
  });

  it.each<[string, Edit[], Edit[], Chosen[], string[]]>([
    ['what the source lacks', [], [], choose('flag/f'), ['NOT_FOUND at documents.0']],
    ['settings', [], [], choose('settings/environment'), ['INVALID_INPUT at documents.0']],
    [
      'an archived flag that is new there',
      [{ kind: 'flag', key: 'f', value: { ...flagOf({ key: 'f' }).value, archived: true } }],
      [],
      choose('flag/f'),
      ['FLAG_ARCHIVED at documents.0'],
    ],
    [
      'a guard without its flag',
      [guardOf({ key: 'g', source: 'events', events: { flag: 'f', bad: 'failed' }, margin: 2 })],
      [],
      choose('guard/g'),
      ['DANGLING_REFERENCE at documents.0.events.flag'],
    ],
  ])('refuses %s', (_, from, to, chosen, codes) => {
    expect(told(copy(staging(...from), imageOf(...to), chosen))).toEqual(codes);
  });

  it('is refused where the target was written since it was read', () => {
    const from = staging(flagOf({ key: 'f', owner: 'x' }));
    const plan = copy(from, imageOf(flagOf({ key: 'f' })), choose('flag/f'), { expected: { 'flag/f': 0 } });
    expect(told(plan)).toEqual(['STALE_REVISION at documents.0.expectedRevision']);
  });

  it('leaves nothing to compare between two environments, switches asked for', () => {
    const from = staging(ruled, nested, segmentOf({ key: 't' }), rollout);
    const chosen = choose('flag/f', 'segment/s', 'segment/t', 'rollout/roll');
    const to = copied(started(from), imageOf(flagOf({ key: 'f', tags: ['old'] })), chosen, {
      switches: true,
    });
    expect(compareEnvironments(from.documents, to.documents, {})).toEqual({ documents: [], same: 4 });
  });
});
