import { describe, expect, it } from '@jest/globals';
import type { Flag, Route } from '@tidegate/sdk/engine';
import { flagOf, imageOf, routeOf, withState } from '../../test/support/image.js';
import { plan, refusals } from '../../test/support/proposals.js';
import type { Documents } from './documents.js';
import { freshRecord } from './guard/record.js';
import type { Image } from './image.js';
import type { Plan } from './plan.js';
import type { PlanOptions } from './plan-change.js';

const condition = (value: string): object => ({ attribute: ['email'], operator: 'matches', value });
const gone = { operator: 'inSegment', value: 'gone' };
const rule = (id: string, of: object, serve: object): object => ({ id, condition: of, serve });

/** What was accepted once and would not be by now: a pattern, a segment, what no gateway knows, the order of owned rules. */
const FLAG = flagOf({
  key: 'f',
  rules: [
    rule('rollout:r:split', { all: [] }, { variant: 'on' }),
    rule('p', condition('(a+)+$'), { variant: 'on' }),
    rule('s', gone, { variant: 'on' }),
  ] as unknown as Flag['rules'],
});
const ROUTE = routeOf({
  key: 'r',
  gateways: [{ name: 'infra/public', hosts: ['r.example.com'] }],
  rules: [
    rule('rollout:r:split', { all: [] }, { version: 'v2' }),
    rule('p', condition('(a+)+$'), { version: 'v2' }),
    rule('s', gone, { version: 'v2' }),
  ] as unknown as Route['rules'],
});
const TWIN = routeOf({ key: 'twin', service: ROUTE.value.service, gateways: ROUTE.value.gateways });
const IMAGE = imageOf(FLAG, ROUTE, TWIN);
const ELSEWHERE: Partial<PlanOptions> = { others: [{ environment: 'staging', route: ROUTE.value }] };

function edited(
  kind: 'flag' | 'route',
  key: string,
  fields: object,
  { image = IMAGE, ...options }: Partial<PlanOptions> & { readonly image?: Image } = {},
): Plan {
  const value = { ...image.documents.value(kind, key), ...fields };
  return plan(image, [{ kind, key, value, mode: 'update', field: '' }], { ...ELSEWHERE, ...options });
}

const written = ({ commit }: Plan): unknown => commit?.edits.map(({ value }) => value);

describe('a kill', () => {
  it('turns a flag off that would be refused by now', () => {
    const { errors, commit } = edited('flag', 'f', { enabled: false });
    expect(errors).toEqual([]);
    expect(commit?.edits).toEqual([{ kind: 'flag', key: 'f', value: { ...FLAG.value, enabled: false } }]);
    expect({ ...commit, edits: [] }).toEqual({ edits: [], expected: { 'flag/f': 1 }, unchanged: {} });
  });

  it('closes a route that would be refused by now, whoever else has its service and hosts', () => {
    const { errors, commit } = edited('route', 'r', { closed: 'v2' });
    expect(errors).toEqual([]);
    expect(commit?.edits).toEqual([{ kind: 'route', key: 'r', value: { ...ROUTE.value, closed: 'v2' } }]);
    expect({ ...commit, edits: [] }).toEqual({ edits: [], expected: { 'route/r': 1 }, unchanged: {} });
  });

  it('goes through again, and from one version to another', () => {
    const documents: Documents = IMAGE.documents.with(
      [
        { kind: 'flag', key: 'f', value: { ...FLAG.value, enabled: false } },
        { kind: 'route', key: 'r', value: { ...ROUTE.value, closed: 'v1' } },
      ],
      1,
    );
    const image = { ...IMAGE, documents };
    expect(written(edited('flag', 'f', { enabled: false }, { image }))).toEqual([]);
    expect(written(edited('route', 'r', { closed: 'v1' }, { image }))).toEqual([]);
    expect(written(edited('route', 'r', { closed: 'v2' }, { image }))).toMatchObject([{ closed: 'v2' }]);
  });

  it('is free while a guard is latched', () => {
    const latched = { ...freshRecord(0, 1), trip: { at: 1, evidence: {} } };
    const image = withState(withState(IMAGE, 'guard/g/route/r', latched), 'guard/g/flag/f', latched);
    expect(edited('route', 'r', { closed: 'v2' }, { image }).errors).toEqual([]);
    expect(edited('flag', 'f', { enabled: false }, { image }).errors).toEqual([]);
  });

  it('is refused for a document or a version that is not there, and for a stale revision', () => {
    const missing = plan(IMAGE, [
      {
        kind: 'flag',
        key: 'g',
        value: { ...FLAG.value, key: 'g', enabled: false },
        mode: 'update',
        field: '',
      },
    ]);
    expect(refusals(missing)).toEqual(['NOT_FOUND at key']);
    expect(refusals(edited('route', 'twin', { closed: 'v9' }))).toEqual(['DANGLING_REFERENCE at closed']);
    expect(refusals(edited('flag', 'f', { enabled: false }, { expected: { 'flag/f': 7 } }))).toEqual([
      'STALE_REVISION at expectedRevision',
    ]);
    expect(refusals(edited('route', 'r', { closed: 'v1' }, { expected: { 'route/r': 7 } }))).toEqual([
      'STALE_REVISION at expectedRevision',
    ]);
  });

  it('takes nothing else along unchecked', () => {
    const others = { rules: [...FLAG.value.rules] };
    expect(edited('flag', 'f', { enabled: false, description: 'x', ...others }).commit).toBeNull();
    expect(edited('flag', 'f', { enabled: false, more: 1 }).commit).toBeNull();
    expect(edited('route', 'r', { closed: 'v1', port: 81 }).commit).toBeNull();
    expect(edited('route', 'r', { closed: 1 }).commit).toBeNull();
  });
});

describe('another route’s service and hosts', () => {
  it('are in the way of a route only where it gets others itself', () => {
    expect(refusals(edited('route', 'twin', { description: 'mine' }))).toEqual([]);
    expect(refusals(edited('route', 'twin', { mesh: false }))).toEqual([]);
    const gateways = [{ name: 'infra/public', hosts: ['r.example.com', 'twin.example.com'] }];
    expect(refusals(edited('route', 'twin', { gateways }))).toContain('HOST_TAKEN at gateways.0.hosts.0');
  });
});
