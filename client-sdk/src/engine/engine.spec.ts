import { describe, expect, it } from '@jest/globals';
import type { Condition } from './condition.js';
import type { EvaluationContext } from './context.js';
import { applyDelta } from './delta.js';
import { compile } from './engine.js';
import type { Flag } from './flag.js';
import type { Route } from './route.js';
import type { Segment } from './segment.js';
import type { Snapshot, SnapshotDelta } from './snapshot.js';

const EVERYBODY: Condition = { all: [] };

function flag(key: string, overrides: Partial<Flag> = {}): Flag {
  return {
    key,
    type: 'boolean',
    description: '',
    owner: '',
    tags: [],
    lifetime: 'temporary',
    expiresAt: null,
    variants: { on: true, off: false },
    enabled: true,
    defaultVariant: 'off',
    offVariant: 'off',
    prerequisites: [],
    targets: [],
    rules: [],
    ...overrides,
  };
}

function segment(key: string, rules: readonly Condition[]): Segment {
  return { key, description: '', rules, included: [], excluded: [] };
}

function route(key: string, overrides: Partial<Route> = {}): Route {
  return {
    key,
    description: '',
    service: 'shop.default.svc.cluster.local',
    port: 80,
    gateways: [],
    mesh: true,
    versions: { v1: {}, v2: {} },
    salt: 'salt',
    bucketBy: ['targetingKey'],
    rules: [],
    default: 'v1',
    closed: null,
    ...overrides,
  };
}

function snapshot(documents: Partial<Snapshot>): Snapshot {
  return {
    environment: 'e',
    epoch: 'x',
    revision: 1,
    flags: [],
    segments: [],
    routes: [],
    events: {},
    ...documents,
  };
}

function delta(changes: Partial<SnapshotDelta>): SnapshotDelta {
  return {
    epoch: 'x',
    from: 1,
    revision: 2,
    flags: [],
    segments: [],
    segmentChanges: [],
    routes: [],
    deleted: [],
    events: {},
    ...changes,
  };
}

function rule(condition: Condition, variant = 'on') {
  return { id: 'r', condition, serve: { variant } };
}

function inSegment(value: string): Condition {
  return { operator: 'inSegment', value };
}

describe('a resolution', () => {
  it('is one frozen object per rule, variant and reason, with a slot of its own', () => {
    const arms = [
      { variant: 'on', weight: 50_000 },
      { variant: 'off', weight: 50_000 },
    ];
    const serve = { split: { bucketBy: ['targetingKey'], salt: 's', arms } };
    const targets = [{ variant: 'on', keys: ['vip'] }];
    const engine = compile(
      snapshot({ flags: [flag('f', { targets, rules: [{ id: 'r', condition: EVERYBODY, serve }] })] }),
    );
    const subjects: EvaluationContext[] = [
      ...Array.from({ length: 100 }, (_, index) => ({ targetingKey: `u${index}` })),
      { targetingKey: 'vip' },
      {},
    ];
    const seen = new Set(subjects.map((subject) => engine.evaluate('f', subject)));
    expect(seen.size).toBe(4);
    expect(new Set([...seen].map((resolution) => resolution.slot)).size).toBe(4);
    for (const resolution of seen) expect(Object.isFrozen(resolution)).toBe(true);
  });

  it('has a deeply frozen value', () => {
    const variants = { x: { list: [{ deep: 1 }] } };
    const engine = compile(
      snapshot({ flags: [flag('f', { type: 'object', variants, defaultVariant: 'x' })] }),
    );
    const value = engine.evaluate('f', {}).value as { list: { deep: number }[] };
    expect(() => Object.assign(value, { more: 1 })).toThrow(TypeError);
    expect(() => value.list.push({ deep: 2 })).toThrow(TypeError);
    expect(() => Object.assign(value.list[0] ?? {}, { deep: 2 })).toThrow(TypeError);
  });
});

describe('a document that makes no sense', () => {
  const GENERAL = { value: undefined, variant: null, reason: 'ERROR', errorCode: 'GENERAL' };

  it('gives GENERAL for a variant that does not exist, and only where that variant is due', () => {
    const engine = compile(
      snapshot({
        flags: [flag('f', { rules: [rule({ attribute: ['a'], operator: 'equals', value: 1 }, 'toString')] })],
      }),
    );
    expect(engine.evaluate('f', { a: 1 })).toMatchObject({ ...GENERAL, rule: 'r' });
    expect(engine.evaluate('f', { a: 2 })).toMatchObject({ variant: 'off', reason: 'DEFAULT' });
  });

  it('gives GENERAL for prerequisites in a circle, and to all that require one of them', () => {
    const requires = (other: string) => ({ prerequisites: [{ flag: other, variants: ['on'] }] });
    const flags = [
      flag('outside', requires('a')),
      flag('a', requires('b')),
      flag('b', requires('a')),
      flag('self', requires('self')),
    ];
    for (const order of [flags, [...flags].reverse()]) {
      const engine = compile(snapshot({ flags }));
      for (const { key } of order) expect(engine.evaluate(key, {})).toMatchObject(GENERAL);
    }
    expect(compile(snapshot({ flags })).evaluate('a', {}).errorMessage).toBe(
      "Flag a can't be evaluated: references form a circle: flag/a → flag/b → flag/a.",
    );
  });

  it('gives GENERAL for segments in a circle, which have no members', () => {
    const engine = compile(
      snapshot({
        flags: [flag('f', { rules: [rule({ not: inSegment('a') })] })],
        segments: [segment('a', [inSegment('b')]), segment('b', [inSegment('a')])],
        routes: [route('r', { rules: [{ id: 'x', condition: inSegment('a'), serve: { version: 'v2' } }] })],
      }),
    );
    expect(engine.evaluate('f', {})).toMatchObject(GENERAL);
    expect(engine.isMember('a', {})).toBe(false);
    expect(engine.evaluateRoute('r', {})).toEqual({ version: 'v1', reason: 'ERROR', rule: null });
    expect(engine.explainRoute('r', {}).steps).toEqual([
      { step: 'error', message: 'references form a circle: segment/a → segment/b → segment/a' },
    ]);
  });

  it('gives GENERAL, not everybody, for the negation of an operator of a later version', () => {
    const future = { attribute: ['a'], operator: 'soundsLike', value: 'x' } as unknown as Condition;
    const engine = compile(snapshot({ flags: [flag('f', { rules: [rule({ not: future })] })] }));
    expect(engine.evaluate('f', {})).toMatchObject(GENERAL);
  });

  it('gives GENERAL, and never throws, for documents of any other shape', () => {
    const shapes: unknown[] = [
      { rules: null },
      { rules: [null] },
      { rules: [{}] },
      { rules: [{ id: 'r', condition: EVERYBODY, serve: {} }] },
      { rules: [{ id: 'r', condition: {}, serve: { variant: 'on' } }] },
      {
        rules: [
          { id: 'r', condition: { attribute: 'a', operator: 'equals', value: 1 }, serve: { variant: 'on' } },
        ],
      },
      {
        rules: [
          { id: 'r', condition: EVERYBODY, serve: { split: { bucketBy: ['a'], salt: 's', arms: [] } } },
        ],
      },
      { variants: null },
      { targets: [{}] },
      { prerequisites: {} },
    ];
    for (const shape of shapes) {
      const engine = compile(snapshot({ flags: [{ ...flag('f'), ...(shape as object) }, flag('sound')] }));
      expect(engine.evaluate('f', {})).toMatchObject(GENERAL);
      expect(engine.evaluate('f', {})).toBe(engine.evaluate('f', {}));
      expect(engine.explainFlag('f', {}).steps).toMatchObject([{ step: 'error' }]);
      expect(engine.evaluate('sound', {})).toMatchObject({ variant: 'off' });
    }
  });

  it('gives GENERAL, and never throws, for conditions nested beyond the stack', () => {
    let condition: Condition = EVERYBODY;
    for (let depth = 0; depth < 50_000; depth++) condition = { not: condition };
    const engine = compile(snapshot({ flags: [flag('f', { rules: [rule(condition)] })] }));
    expect(engine.evaluate('f', {})).toMatchObject(GENERAL);
  });

  it('compares a member of an unknown segment with nobody, until the segment is there', () => {
    const before = snapshot({ flags: [flag('f', { rules: [rule(inSegment('s'))] })] });
    const engine = compile(before);
    expect(engine.evaluate('f', {})).toMatchObject({ variant: 'off' });
    const after = applyDelta(before, delta({ segments: [segment('s', [EVERYBODY])] }));
    expect(compile(after, engine).evaluate('f', {})).toMatchObject({ variant: 'on' });
  });
});

describe('compiling again', () => {
  const documents = snapshot({
    flags: [
      flag('alone'),
      flag('base', { rules: [rule(inSegment('inner'))] }),
      flag('dependent', { prerequisites: [{ flag: 'base', variants: ['on'] }], rules: [rule(EVERYBODY)] }),
      flag('other', { rules: [rule(inSegment('outer'))] }),
    ],
    segments: [segment('inner', [EVERYBODY]), segment('outer', [inSegment('inner')]), segment('free', [])],
  });
  const keys = documents.flags.map(({ key }) => key);

  function reused(change: Partial<SnapshotDelta>): string[] {
    const engine = compile(documents);
    const before = new Map(keys.map((key) => [key, engine.evaluate(key, {})]));
    const next = compile(applyDelta(documents, delta(change)), engine);
    return keys.filter((key) => next.evaluate(key, {}) === before.get(key));
  }

  it('takes over what did not change', () => {
    expect(reused({})).toEqual(keys);
    expect(reused({ segments: [segment('free', [EVERYBODY])] })).toEqual(keys);
  });

  it('compiles anew what changed and what refers to it, at any distance', () => {
    expect(reused({ flags: [flag('alone')] })).toEqual(['base', 'dependent', 'other']);
    expect(reused({ flags: [flag('base')] })).toEqual(['alone', 'other']);
    expect(reused({ segments: [segment('outer', [])] })).toEqual(['alone', 'base', 'dependent']);
    expect(reused({ segments: [segment('inner', [])] })).toEqual(['alone']);
    expect(reused({ deleted: [{ kind: 'segment', key: 'inner' }] })).toEqual(['alone']);
  });

  it('answers as a fresh engine does', () => {
    const engine = compile(documents);
    for (const key of keys) engine.evaluate(key, {});
    const next = applyDelta(documents, delta({ segments: [segment('inner', [])] }));
    const [again, fresh] = [compile(next, engine), compile(next)];
    for (const key of keys) {
      const serial = expect.any(Number);
      expect(again.evaluate(key, {})).toEqual({ ...fresh.evaluate(key, {}), serial });
    }
    expect(again.evaluate('dependent', {})).toMatchObject({ reason: 'DISABLED' });
  });

  it('gives a flag another chance when a circle of what it needs is opened', () => {
    const circle = snapshot({
      flags: [flag('f', { rules: [rule(inSegment('a'))] })],
      segments: [segment('a', [inSegment('b')]), segment('b', [inSegment('a')])],
    });
    const engine = compile(circle);
    expect(engine.evaluate('f', {}).errorCode).toBe('GENERAL');
    const opened = applyDelta(circle, delta({ segments: [segment('b', [EVERYBODY])] }));
    expect(compile(opened, engine).evaluate('f', {})).toMatchObject({ variant: 'on' });
  });

  it('forgets deleted flags and routes', () => {
    const before = snapshot({ flags: [flag('f')], routes: [route('r')] });
    const engine = compile(before);
    engine.evaluate('f', {});
    engine.evaluateRoute('r', {});
    const deleted = [{ kind: 'flag', key: 'f' } as const, { kind: 'route', key: 'r' } as const];
    const next = compile(applyDelta(before, delta({ deleted })), engine);
    expect(next.evaluate('f', {}).errorCode).toBe('FLAG_NOT_FOUND');
    expect(next.evaluateRoute('r', {})).toBeUndefined();
    expect(next.bucketOfRoute('r', { targetingKey: 'u' })).toBeNull();
  });
});

describe('an individual target', () => {
  it('is the first that lists the key', () => {
    const targets = [
      { variant: 'on', keys: ['u'] },
      { variant: 'off', keys: ['u', 'v'] },
    ];
    const engine = compile(snapshot({ flags: [flag('f', { targets })] }));
    expect(engine.evaluate('f', { targetingKey: 'u' }).variant).toBe('on');
    expect(engine.evaluate('f', { targetingKey: 'v' }).variant).toBe('off');
  });
});
