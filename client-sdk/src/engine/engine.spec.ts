import { describe, expect, it } from '@jest/globals';
import {
  sampleFlag,
  sampleRoute,
  sampleSegment,
  sampleSnapshot,
} from '../../../test/support/sample-documents.js';
import type { Condition } from './condition.js';
import type { EvaluationContext } from './context.js';
import { applyDelta } from './delta.js';
import { compile } from './engine.js';
import type { SnapshotDelta } from './snapshot.js';

const EVERYBODY: Condition = { all: [] };

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
      sampleSnapshot({
        flags: [sampleFlag('f', { targets, rules: [{ id: 'r', condition: EVERYBODY, serve }] })],
      }),
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
      sampleSnapshot({ flags: [sampleFlag('f', { type: 'object', variants, defaultVariant: 'x' })] }),
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
      sampleSnapshot({
        flags: [
          sampleFlag('f', { rules: [rule({ attribute: ['a'], operator: 'equals', value: 1 }, 'toString')] }),
        ],
      }),
    );
    expect(engine.evaluate('f', { a: 1 })).toMatchObject({ ...GENERAL, rule: 'r' });
    expect(engine.evaluate('f', { a: 2 })).toMatchObject({ variant: 'off', reason: 'DEFAULT' });
  });

  it('gives GENERAL for prerequisites in a circle, and to all that require one of them', () => {
    const requires = (other: string) => ({ prerequisites: [{ flag: other, variants: ['on'] }] });
    const flags = [
      sampleFlag('outside', requires('a')),
      sampleFlag('a', requires('b')),
      sampleFlag('b', requires('a')),
      sampleFlag('self', requires('self')),
    ];
    for (const order of [flags, [...flags].reverse()]) {
      const engine = compile(sampleSnapshot({ flags }));
      for (const { key } of order) expect(engine.evaluate(key, {})).toMatchObject(GENERAL);
    }
    expect(compile(sampleSnapshot({ flags })).evaluate('a', {}).errorMessage).toBe(
      "Flag a can't be evaluated: references form a circle: flag/a → flag/b → flag/a.",
    );
  });

  it('gives GENERAL for segments in a circle, which have no members', () => {
    const engine = compile(
      sampleSnapshot({
        flags: [sampleFlag('f', { rules: [rule({ not: inSegment('a') })] })],
        segments: [
          sampleSegment('a', { rules: [inSegment('b')] }),
          sampleSegment('b', { rules: [inSegment('a')] }),
        ],
        routes: [
          sampleRoute('r', { rules: [{ id: 'x', condition: inSegment('a'), serve: { version: 'v2' } }] }),
        ],
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
    const engine = compile(sampleSnapshot({ flags: [sampleFlag('f', { rules: [rule({ not: future })] })] }));
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
      const engine = compile(
        sampleSnapshot({ flags: [{ ...sampleFlag('f'), ...(shape as object) }, sampleFlag('sound')] }),
      );
      expect(engine.evaluate('f', {})).toMatchObject(GENERAL);
      expect(engine.evaluate('f', {})).toBe(engine.evaluate('f', {}));
      expect(engine.explainFlag('f', {}).steps).toMatchObject([{ step: 'error' }]);
      expect(engine.evaluate('sound', {})).toMatchObject({ variant: 'off' });
    }
  });

  it('gives GENERAL, and never throws, for conditions nested beyond the stack', () => {
    let condition: Condition = EVERYBODY;
    for (let depth = 0; depth < 50_000; depth++) condition = { not: condition };
    const engine = compile(sampleSnapshot({ flags: [sampleFlag('f', { rules: [rule(condition)] })] }));
    expect(engine.evaluate('f', {})).toMatchObject(GENERAL);
  });

  it('compares a member of an unknown segment with nobody, until the segment is there', () => {
    const before = sampleSnapshot({ flags: [sampleFlag('f', { rules: [rule(inSegment('s'))] })] });
    const engine = compile(before);
    expect(engine.evaluate('f', {})).toMatchObject({ variant: 'off' });
    const after = applyDelta(before, delta({ segments: [sampleSegment('s', { rules: [EVERYBODY] })] }));
    expect(compile(after, engine).evaluate('f', {})).toMatchObject({ variant: 'on' });
  });
});

describe('compiling again', () => {
  const documents = sampleSnapshot({
    flags: [
      sampleFlag('alone'),
      sampleFlag('base', { rules: [rule(inSegment('inner'))] }),
      sampleFlag('dependent', {
        prerequisites: [{ flag: 'base', variants: ['on'] }],
        rules: [rule(EVERYBODY)],
      }),
      sampleFlag('other', { rules: [rule(inSegment('outer'))] }),
    ],
    segments: [
      sampleSegment('inner', { rules: [EVERYBODY] }),
      sampleSegment('outer', { rules: [inSegment('inner')] }),
      sampleSegment('free', { rules: [] }),
    ],
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
    expect(reused({ segments: [sampleSegment('free', { rules: [EVERYBODY] })] })).toEqual(keys);
  });

  it('compiles anew what changed and what refers to it, at any distance', () => {
    expect(reused({ flags: [sampleFlag('alone')] })).toEqual(['base', 'dependent', 'other']);
    expect(reused({ flags: [sampleFlag('base')] })).toEqual(['alone', 'other']);
    expect(reused({ segments: [sampleSegment('outer', { rules: [] })] })).toEqual([
      'alone',
      'base',
      'dependent',
    ]);
    expect(reused({ segments: [sampleSegment('inner', { rules: [] })] })).toEqual(['alone']);
    expect(reused({ deleted: [{ kind: 'segment', key: 'inner' }] })).toEqual(['alone']);
  });

  it('answers as a fresh engine does', () => {
    const engine = compile(documents);
    for (const key of keys) engine.evaluate(key, {});
    const next = applyDelta(documents, delta({ segments: [sampleSegment('inner', { rules: [] })] }));
    const [again, fresh] = [compile(next, engine), compile(next)];
    for (const key of keys) {
      const serial = expect.any(Number);
      expect(again.evaluate(key, {})).toEqual({ ...fresh.evaluate(key, {}), serial });
    }
    expect(again.evaluate('dependent', {})).toMatchObject({ reason: 'DISABLED' });
  });

  it('gives a flag another chance when a circle of what it needs is opened', () => {
    const circle = sampleSnapshot({
      flags: [sampleFlag('f', { rules: [rule(inSegment('a'))] })],
      segments: [
        sampleSegment('a', { rules: [inSegment('b')] }),
        sampleSegment('b', { rules: [inSegment('a')] }),
      ],
    });
    const engine = compile(circle);
    expect(engine.evaluate('f', {}).errorCode).toBe('GENERAL');
    const opened = applyDelta(circle, delta({ segments: [sampleSegment('b', { rules: [EVERYBODY] })] }));
    expect(compile(opened, engine).evaluate('f', {})).toMatchObject({ variant: 'on' });
  });

  it('forgets deleted flags and routes', () => {
    const before = sampleSnapshot({ flags: [sampleFlag('f')], routes: [sampleRoute('r')] });
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
    const engine = compile(sampleSnapshot({ flags: [sampleFlag('f', { targets })] }));
    expect(engine.evaluate('f', { targetingKey: 'u' }).variant).toBe('on');
    expect(engine.evaluate('f', { targetingKey: 'v' }).variant).toBe('off');
  });
});
