import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  compile,
  type Condition,
  type Engine,
  type Flag,
  type Segment,
  type Snapshot,
} from '../engine/index.js';
import { documentsBehind } from './documents-behind.js';
import { FlagWatchers } from './flag-watchers.js';
import { graft } from './graft.js';
import { valueFlag } from './value-flag.js';

const named = (value: string): Condition => ({ operator: 'inSegment', value });
const onFor = (key: string, condition: Condition): Flag => ({
  ...valueFlag(key, false),
  rules: [{ id: 'r', condition, serve: { variant: 'on' } }],
});
const segment = (key: string, included: string[], ...rules: Condition[]): Segment => ({
  key,
  description: '',
  rules,
  included,
  excluded: [],
});
const needs = (flag: Flag, other: string): Flag => ({
  ...flag,
  prerequisites: [{ flag: other, variants: ['on'] }],
});

describe('FlagWatchers', () => {
  let watchers: FlagWatchers;
  let told: unknown[];
  let engine: Engine | undefined;
  let revision: number;

  beforeEach(() => {
    watchers = new FlagWatchers((listener, payload) => listener(payload));
    told = [];
    engine = undefined;
    revision = 0;
  });

  function show(flags: Flag[], segments: Segment[] = []): void {
    revision += 1;
    const next: Snapshot = {
      environment: 'p',
      epoch: 'e',
      revision,
      flags,
      segments,
      routes: [],
      events: {},
    };
    engine = compile(graft(next, engine?.snapshot), engine);
    watchers.show(engine);
  }
  const tell = (change: unknown): void => void told.push(change);
  const ann = { targetingKey: 'ann' };

  it('tells of a value when it changes, and of nothing else', () => {
    show([valueFlag('width', 10), valueFlag('other', 1)]);
    watchers.watchValue('width', {}, tell);
    show([valueFlag('width', 10), valueFlag('other', 2)]);
    show([{ ...valueFlag('width', 10), description: 'how wide' }]);
    expect(told).toEqual([]);
    show([valueFlag('width', 20)]);
    show([valueFlag('width', 20)]);
    show([]);
    expect(told).toEqual([
      { flag: 'width', before: 10, after: 20 },
      { flag: 'width', before: 20, after: undefined },
    ]);
  });

  it('counts the first snapshot as a change from no value', () => {
    watchers.watchValue('width', {}, tell);
    show([valueFlag('width', 10)]);
    expect(told).toEqual([{ flag: 'width', before: undefined, after: 10 }]);
  });

  it('does not take an equal object for another', () => {
    show([valueFlag('theme', { a: [1], b: null })]);
    watchers.watchValue('theme', {}, tell);
    show([{ ...valueFlag('theme', { b: null, a: [1] }), description: 'x' }]);
    expect(told).toEqual([]);
  });

  it('tells of a value that changes through a segment of a segment, for those in it only', () => {
    const flags = [onFor('beta', named('outer'))];
    const outer = segment('outer', [], named('inner'));
    show(flags, [outer, segment('inner', [])]);
    watchers.watchValue('beta', ann, tell);
    watchers.watchValue('beta', { targetingKey: 'bob' }, tell);
    show(flags, [outer, segment('inner', ['ann'])]);
    expect(told).toEqual([{ flag: 'beta', before: false, after: true }]);
  });

  it('tells of a value that changes through a prerequisite', () => {
    const beta = needs(onFor('beta', { all: [] }), 'base');
    show([beta, valueFlag('base', true)]);
    watchers.watchValue('beta', {}, tell);
    show([beta, valueFlag('base', false)]);
    expect(told).toEqual([{ flag: 'beta', before: true, after: undefined }]);
  });

  it('tells of documents: the flag itself, segments and prerequisites, however far', () => {
    const beta = needs(onFor('beta', { any: [{ not: named('outer') }] }), 'base');
    const base = onFor('base', { all: [named('staff')] });
    const segments = [segment('outer', [], named('inner')), segment('inner', []), segment('staff', [])];
    show([beta, base, valueFlag('other', 1)], segments);
    watchers.watchDocument('beta', tell);
    show([beta, base, valueFlag('other', 2)], [...segments, segment('unused', [])]);
    expect(told).toEqual([]);
    show([beta, base], [segments[0], segment('inner', ['ann']), segment('staff', ['ann'])] as Segment[]);
    show([beta, { ...base, description: 'x' }], [segments[0], segment('inner', ['ann'])] as Segment[]);
    show([base], []);
    expect(told).toEqual([
      { flag: 'beta', before: beta, after: beta, changed: ['segment/inner', 'segment/staff'] },
      { flag: 'beta', before: beta, after: beta, changed: ['flag/base', 'segment/staff'] },
      {
        flag: 'beta',
        before: beta,
        after: undefined,
        changed: ['flag/base', 'flag/beta', 'segment/inner', 'segment/outer'],
      },
    ]);
  });

  it('tells nothing once it is stopped', () => {
    const stops = [watchers.watchValue('width', {}, tell), watchers.watchDocument('width', tell)];
    for (const stop of stops) stop();
    show([valueFlag('width', 10)]);
    expect(told).toEqual([]);
  });
});

describe('documentsBehind', () => {
  it('comes to an end where documents refer to each other in a circle', () => {
    const flags = [needs(valueFlag('a', true), 'b'), needs(onFor('b', named('s')), 'a')];
    const segments = [segment('s', [], named('t')), segment('t', [], named('s'), named('missing'))];
    const found = documentsBehind('a', {
      flags: new Map(flags.map((flag) => [flag.key, flag])),
      segments: new Map(segments.map((segment) => [segment.key, segment])),
    });
    expect([...found.keys()]).toEqual(['flag/a', 'flag/b', 'segment/s', 'segment/t', 'segment/missing']);
    expect(found.get('segment/missing')).toBeUndefined();
  });
});
