import { describe, expect, it } from '@jest/globals';
import { imageOf } from '../../test/support/image.js';
import {
  draft,
  fullImage,
  imageWith,
  plan,
  propose,
  refusals,
  refused,
} from '../../test/support/proposals.js';

const EMPTY = imageOf();
const FULL = fullImage();
const member = (value: string): object => ({ operator: 'inSegment', value });
const rule = (condition: object, serve: object = { variant: 'on' }): object => ({
  id: 'x',
  condition,
  serve,
});
const test = (fields: object): object => ({
  attribute: ['plan'],
  operator: 'equals',
  value: 'pro',
  ...fields,
});

describe('a route is refused', () => {
  const image = imageWith(
    EMPTY,
    draft.settings(),
    draft.segment(),
    draft.segment({ key: 'listed', included: ['u'] }),
    draft.route({
      key: 'other',
      service: 'taken.shop.svc.cluster.local',
      gateways: [{ name: 'infra/public', hosts: ['taken.example.com'] }],
    }),
  );
  const serve = { version: 'v2' };
  const header = (fields: object): object => test({ attribute: ['request', 'headers', 'x-beta'], ...fields });
  it.each<[string, object, string]>([
    ['a key that is no label', { key: 'R_1' }, 'INVALID_KEY at key'],
    ['a short name of a service', { service: 'checkout' }, 'INVALID_INPUT at service'],
    ['a port that is none', { port: 0 }, 'INVALID_INPUT at port'],
    [
      'a gateway without namespace',
      { gateways: [{ name: 'public', hosts: ['a.b'] }] },
      'INVALID_INPUT at gateways.0.name',
    ],
    [
      'a host in upper case',
      { gateways: [{ name: 'a/b', hosts: ['A.b'] }] },
      'INVALID_INPUT at gateways.0.hosts.0',
    ],
    [
      'a host twice',
      { gateways: [{ name: 'a/b', hosts: ['a.b', 'a.b'] }] },
      'DUPLICATE_KEY at gateways.0.hosts.1',
    ],
    [
      'a gateway twice',
      {
        gateways: [
          { name: 'a/b', hosts: ['a.b'] },
          { name: 'a/b', hosts: ['c.d'] },
        ],
      },
      'DUPLICATE_KEY at gateways.1.name',
    ],
    ['no versions', { versions: {} }, 'INVALID_INPUT at versions'],
    ['a version without labels', { versions: { v1: {} } }, 'INVALID_INPUT at versions.v1'],
    [
      'a version that is no label',
      { versions: { v1: { a: 'b' }, 'v.2': { a: 'b' } } },
      'INVALID_KEY at versions.v.2',
    ],
    ['a default that is no version', { default: 'v9' }, 'DANGLING_REFERENCE at default'],
    [
      'a mirror to no version',
      { mirror: { version: 'v9', percent: 5 } },
      'DANGLING_REFERENCE at mirror.version',
    ],
    [
      'a mirror of less than a hundredth',
      { mirror: { version: 'v2', percent: 0.009 } },
      'INVALID_INPUT at mirror.percent',
    ],
    [
      'a mirror of a thousandth more',
      { mirror: { version: 'v2', percent: 1.005 } },
      'INVALID_INPUT at mirror.percent',
    ],
    [
      'a mirror of more than all',
      { mirror: { version: 'v2', percent: 100.01 } },
      'INVALID_INPUT at mirror.percent',
    ],
    ['a mirror of nothing', { mirror: { version: 'v2', percent: 0 } }, 'INVALID_INPUT at mirror.percent'],
    ['closed to no version', { closed: 'v9' }, 'DANGLING_REFERENCE at closed'],
    [
      'weights of a flag',
      {
        rules: [
          rule(
            { all: [] },
            {
              split: {
                arms: [
                  { version: 'v1', weight: 10_000 },
                  { version: 'v2', weight: 1 },
                ],
              },
            },
          ),
        ],
      },
      'WEIGHTS_SUM at rules.0.serve.split.arms',
    ],
    ['a service that another has', { service: 'taken.shop.svc.cluster.local' }, 'HOST_TAKEN at service'],
    [
      'a host that another has',
      { gateways: [{ name: 'infra/public', hosts: ['x.y', 'taken.example.com'] }] },
      'HOST_TAKEN at gateways.0.hosts.1',
    ],
    [
      'a segment with keys at a gateway',
      { rules: [rule(member('listed'), serve)] },
      'NOT_EXPRESSIBLE at rules.0.condition',
    ],
    [
      'a claim in the mesh',
      { rules: [rule({ all: [test({ attribute: ['verified', 'groups'] })] }, serve)] },
      'NOT_EXPRESSIBLE at rules.0.condition.all.0',
    ],
    [
      'an attribute of the application',
      { gateways: [], rules: [rule({ not: test({}) }, serve)] },
      'NOT_EXPRESSIBLE at rules.0.condition.not',
    ],
    [
      'a number in a header',
      { rules: [rule(header({ operator: 'greater', value: 3 }), serve)] },
      'NOT_EXPRESSIBLE at rules.0.condition',
    ],
    [
      'a header in upper case',
      { rules: [rule(header({ attribute: ['request', 'headers', 'X-Beta'] }), serve)] },
      'NOT_EXPRESSIBLE at rules.0.condition',
    ],
    [
      'our own header',
      { rules: [rule(header({ attribute: ['request', 'headers', 'x-tg-s'] }), serve)] },
      'NOT_EXPRESSIBLE at rules.0.condition',
    ],
  ])('for %s', (_, fields, expected) => {
    expect(refused(image, draft.route(fields))).toContain(expected);
  });

  it('not for a claim where no mesh has to know it', () => {
    const rules = [rule(test({ attribute: ['verified', 'groups'] }), serve)];
    expect(refused(image, draft.route({ mesh: false, rules }))).toEqual([]);
  });

  it('not for a segment with keys where only the mesh has to know it', () => {
    expect(refused(image, draft.route({ gateways: [], rules: [rule(member('listed'), serve)] }))).toEqual([]);
  });

  it('for a service that a route of another environment has', () => {
    const [, route] = draft.route();
    const foreign = imageWith(EMPTY, draft.route()).documents.value('route', 'r');
    if (foreign === undefined) throw new Error('no route');
    const others = [{ environment: 'staging', route: foreign }];
    const mine = propose(['route', { ...route, key: 'mine' }]);
    expect(refusals(plan(EMPTY, [mine], { others }))).toEqual([
      'HOST_TAKEN at service',
      'HOST_TAKEN at gateways.0.hosts.0',
    ]);
  });
});

describe('what the gateways ask for', () => {
  const image = imageWith(FULL, draft.route({ rules: [rule(member('s'), { version: 'v2' })] }));

  it('can’t be taken from a segment', () => {
    const { errors } = plan(image, [propose(draft.segment({ included: ['u'] }), 'update')]);
    expect(errors).toMatchObject([{ code: 'NOT_EXPRESSIBLE', field: 'rules' }]);
    expect(errors[0]?.message).toContain('Route "r" needs this segment');
  });

  it('can’t be taken from the identity setting', () => {
    const settings = draft.settings({ identity: { issuer: 'i', pairs: [] } });
    expect(refused(image, settings, 'update')).toEqual(['IDENTITY_PAIR_IN_USE at identity.pairs']);
    expect(refused(image, draft.settings({ identity: null }), 'update')).toEqual([
      'IDENTITY_PAIR_IN_USE at identity.pairs',
    ]);
  });

  it('comes from one claim for each attribute', () => {
    const pairs = [
      { attribute: 'groups', claim: ['groups'] },
      { attribute: 'groups', claim: ['roles'] },
    ];
    expect(refused(image, draft.settings({ identity: { issuer: 'i', pairs } }), 'update')).toEqual([
      'DUPLICATE_KEY at identity.pairs.1.attribute',
    ]);
  });

  it('may be anything where only flags ask for it', () => {
    const only = imageWith(EMPTY, draft.segment(), draft.flag({ rules: [rule(member('s'))] }));
    expect(refused(only, draft.segment({ included: ['u'] }), 'update')).toEqual([]);
  });
});
