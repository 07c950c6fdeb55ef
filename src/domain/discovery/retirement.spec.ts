import { describe, expect, it } from '@jest/globals';
import { lookOf, workloadOf } from '../../../test/support/discovery.js';
import { routeOf } from '../../../test/support/image.js';
import type { Look } from './look.js';
import { type OtherRoute, retirementOf, type Surroundings } from './retirement.js';

const AFTER = {
  ...lookOf().route,
  versions: { v1: { version: 'v1' }, v3: { version: 'v3' } },
  default: 'v3',
};
const RETIREMENT = { version: 'v1', at: 1_000_000, rollout: 'checkout-v3' };
const EVERYBODY = { all: [] };

function due(more: Partial<Look> = {}): Look {
  const record = { seen: [], retiring: [RETIREMENT], waiting: '' };
  return lookOf({ route: AFTER, workloads: [workloadOf('v1'), workloadOf('v3')], record, ...more });
}

const OTHERWISE: Look['route']['rules'] = [
  {
    id: 'half',
    condition: EVERYBODY,
    serve: {
      split: {
        arms: [
          { version: 'v2', weight: 5_000 },
          { version: 'v3', weight: 5_000 },
        ],
        otherwise: { arm: 'v1' },
      },
    },
  },
];

function other(more: Partial<Look['route']> = {}): OtherRoute {
  return { environment: null, route: routeOf({ key: 'api', ...more }).value };
}

const ALONE: Surroundings = { tableTrouble: null, others: [] };
const rollout = (state: 'running' | 'aborted', control: string): Look['rollouts'][number] => {
  return { key: 'r', state, new: 'v4', control };
};

describe('an old version whose time has come', () => {
  it('is scaled to zero', () => {
    expect(retirementOf(due(), ALONE)).toMatchObject({
      decision: 'scale',
      workloads: [{ name: 'checkout-v1' }],
    });
  });

  it.each<[string, Partial<Look>, Partial<Surroundings>, string]>([
    ['one millisecond too early', { now: 999_999 }, {}, 'none'],
    ['with the route back on it', { route: { ...AFTER, default: 'v1' } }, {}, 'drop'],
    ['with the route back on it before the time', { route: { ...AFTER, default: 'v1' }, now: 0 }, {}, 'drop'],
    ['with the route closed to it', { route: { ...AFTER, closed: 'v1' } }, {}, 'drop'],
    ['as control of another rollout', { rollouts: [rollout('running', 'v1')] }, {}, 'drop'],
    ['with another rollout that is about others', { rollouts: [rollout('running', 'v3')] }, {}, 'scale'],
    ['with another rollout that is over', { rollouts: [rollout('aborted', 'v1')] }, {}, 'scale'],
    ['at zero already', { workloads: [workloadOf('v1', { desired: 0 })] }, {}, 'drop'],
    ['with its Deployment gone', { workloads: [workloadOf('v3')] }, {}, 'drop'],
    [
      'with a rule of a person',
      { route: { ...AFTER, rules: [{ id: 'old', condition: EVERYBODY, serve: { version: 'v1' } }] } },
      {},
      'wait',
    ],
    ['with copies of requests', { route: { ...AFTER, mirror: { version: 'v1', percent: 10 } } }, {}, 'wait'],
    [
      'as the version of a split for requests without a bucket',
      { route: { ...AFTER, rules: OTHERWISE } },
      {},
      'wait',
    ],
    [
      'with a Deployment that has no version label',
      {
        route: { ...AFTER, versions: { v1: { track: 'old' }, v3: { version: 'v3' } } },
        workloads: [workloadOf('v1', { labels: { track: 'old' } }), workloadOf('v3')],
      },
      {},
      'wait',
    ],
    [
      'with Deployments of several version labels',
      {
        route: { ...AFTER, versions: { v1: { track: 'old' }, v3: { version: 'v3' } } },
        workloads: ['v0', 'v1'].map((version) => workloadOf(version, { labels: { track: 'old', version } })),
      },
      {},
      'wait',
    ],
    [
      'with labels that the version in use has, too',
      { route: { ...AFTER, versions: { v1: { app: 'checkout' }, v3: { version: 'v3' } } } },
      {},
      'wait',
    ],
    [
      'with the version label of the version in use',
      {
        route: { ...AFTER, versions: { v1: { track: 'old' }, v3: { track: 'new' } } },
        workloads: ['old', 'new'].map((track) => workloadOf('v3', { labels: { track, version: 'v3' } })),
      },
      {},
      'wait',
    ],
    ['with the last table not applied', {}, { tableTrouble: 'Not applied yet.' }, 'wait'],
    ['with another route to the same pods', {}, { others: [other()] }, 'wait'],
    [
      'with a route of another environment to the same pods',
      {},
      { others: [{ ...other(), environment: 'staging' }] },
      'wait',
    ],
    [
      'with another route that copies requests to the same pods',
      {},
      {
        others: [other({ versions: AFTER.versions, default: 'v3', mirror: { version: 'v1', percent: 10 } })],
      },
      'wait',
    ],
    [
      'with another route in another namespace',
      {},
      { others: [other({ service: 'checkout.bank.svc.cluster.local' })] },
      'scale',
    ],
  ])('%s: %#', (_, more, around, decision) => {
    expect(retirementOf(due(more), { ...ALONE, ...around }).decision).toBe(decision);
  });

  it('does not hold up another one', () => {
    const record = {
      seen: [],
      retiring: [RETIREMENT, { ...RETIREMENT, version: 'v0', rollout: 'x' }],
      waiting: '',
    };
    const rules = [{ id: 'old', condition: EVERYBODY, serve: { version: 'v1' } }];
    const versions = { ...AFTER.versions, v0: { version: 'v0' } };
    const workloads = [workloadOf('v0'), workloadOf('v1'), workloadOf('v3')];
    const look = due({ record, route: { ...AFTER, versions, rules }, workloads });
    expect(retirementOf(look, ALONE)).toMatchObject({ decision: 'scale', retirement: { version: 'v0' } });
  });
});
