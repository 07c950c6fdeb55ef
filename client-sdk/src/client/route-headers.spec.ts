import { describe, expect, it } from '@jest/globals';
import {
  type Condition,
  compile,
  type EvaluationContext,
  type Route,
  type Segment,
  type Snapshot,
} from '../engine/index.js';
import { segmentsOfRoutes, writeRouteHeaders } from './route-headers.js';

function route(key: string, ...conditions: Condition[]): Route {
  return {
    key,
    description: '',
    service: `${key}.shop.svc.cluster.local`,
    port: 80,
    gateways: [],
    mesh: true,
    versions: { v1: {}, v2: {} },
    salt: key,
    bucketBy: ['targetingKey'],
    rules: conditions.map((condition, i) => ({ id: `r${i}`, condition, serve: { version: 'v2' } })),
    default: 'v1',
    closed: null,
  };
}

function segment(key: string, included: string[]): Segment {
  return { key, description: '', rules: [], included, excluded: [] };
}

const staff: Condition = { operator: 'inSegment', value: 'staff' };
const beta: Condition = { operator: 'inSegment', value: 'beta' };
const snapshot: Snapshot = {
  environment: 'production',
  epoch: 'e',
  revision: 1,
  flags: [],
  segments: [segment('staff', ['ann']), segment('beta', ['ann', 'bob']), segment('unused', ['ann'])],
  routes: [route('checkout', { all: [{ not: staff }, { any: [beta] }] }), route('search')],
  events: {},
};
const engine = compile(snapshot);

describe('segmentsOfRoutes', () => {
  it('finds segments at any depth of a condition, each once, and no others', () => {
    expect(segmentsOfRoutes(snapshot)).toEqual(['beta', 'staff']);
  });
});

describe('writeRouteHeaders', () => {
  const write = (context: object) =>
    writeRouteHeaders(engine, segmentsOfRoutes(snapshot), context as EvaluationContext);

  it('writes the bucket of each route with four digits, and the segments', () => {
    expect(write({ targetingKey: 'ann' })).toEqual({
      'x-tg-b': expect.stringMatching(/^checkout=\d{4},search=\d{4}$/),
      'x-tg-s': 'beta,staff',
    });
    expect(write({ targetingKey: 'bob' })['x-tg-s']).toBe('beta');
  });

  it('writes the buckets that the engine goes by', () => {
    const context = { targetingKey: 'ann' };
    const bucket = String(engine.bucketOfRoute('search', context)).padStart(4, '0');
    expect(write(context)['x-tg-b']).toContain(`search=${bucket}`);
  });

  it.each([[{}], [{ targetingKey: '' }], [{ targetingKey: 7 }]])(
    'is empty without a usable key: %j',
    (context) => {
      expect(write(context)).toEqual({ 'x-tg-b': '', 'x-tg-s': '' });
    },
  );
});
