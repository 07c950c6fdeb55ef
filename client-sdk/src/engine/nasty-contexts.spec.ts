import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { sampleFlag, sampleSegment, sampleSnapshot } from '../../../test/support/sample-documents.js';
import { ATTRIBUTE_OPERATORS } from './condition.js';
import type { AttributeOperator } from './condition.js';
import type { EvaluationContext } from './context.js';
import { compile } from './engine.js';
import type { Engine } from './engine.js';
import type { Json } from './json.js';

const OPERANDS: Record<AttributeOperator, Json> = {
  equals: 'x',
  in: ['x', 1, true],
  contains: 'x',
  startsWith: 'x',
  endsWith: 'x',
  matches: 'x',
  less: 5,
  lessOrEqual: 5,
  greater: 5,
  greaterOrEqual: 5,
  semverEquals: '1.0.0',
  semverLess: '1.0.0',
  semverGreater: '1.0.0',
  before: '2026-01-01',
  after: '2026-01-01',
  exists: true,
};

/** One segment per operator on each of three paths, and one flag that splits by `targetingKey`. */
function engineOver(operands: (operator: AttributeOperator) => Json): Engine {
  const paths = [['it'], ['deep', 'it'], ['deep', 'er', 'it']];
  const split = {
    bucketBy: ['targetingKey'],
    salt: 's',
    arms: [
      { variant: 'on', weight: 100_000 },
      { variant: 'off', weight: 0 },
    ],
  };
  return compile(
    sampleSnapshot({
      flags: [
        sampleFlag('split', {
          targets: [{ variant: 'on', keys: ['vip'] }],
          rules: [{ id: 'r', condition: { all: [] }, serve: { split } }],
        }),
      ],
      segments: paths.flatMap((attribute) =>
        ATTRIBUTE_OPERATORS.map((operator) =>
          sampleSegment(`${attribute.length}-${operator}`, {
            rules: [{ attribute, operator, value: operands(operator) }],
          }),
        ),
      ),
    }),
  );
}

const engine = engineOver((operator) => OPERANDS[operator]);

function members(subject: unknown, of: Engine = engine): string[] {
  return of.snapshot.segments
    .filter(({ key }) => of.isMember(key, subject as EvaluationContext))
    .map(({ key }) => key);
}

function throwing(): never {
  throw new Error('no');
}

describe('a context that is no plain JSON', () => {
  it('counts a getter that throws as missing, on any level and for every operator', () => {
    const trap = Object.defineProperty({}, 'it', { get: throwing, enumerable: true });
    expect(members(trap)).toEqual([]);
    expect(members({ deep: trap })).toEqual([]);
    expect(members({ deep: { er: trap } })).toEqual([]);
    expect(members(Object.defineProperty({}, 'deep', { get: throwing, enumerable: true }))).toEqual([]);
  });

  it('goes on with the other attributes after a getter that threw', () => {
    const subject = Object.defineProperty({ deep: { it: 'x' } }, 'it', { get: throwing, enumerable: true });
    expect(members(subject)).toContain('2-equals');
  });

  it('takes nothing from the prototype chain', () => {
    class Inherited {
      get it(): string {
        return 'x';
      }
    }
    expect(members(new Inherited())).toEqual([]);
    expect(members({ deep: new Inherited() })).toEqual([]);
    expect(members(Object.create({ it: 'x', deep: { it: 'x' } }))).toEqual([]);
    expect(engine.evaluate('split', Object.create({ targetingKey: 'vip' }) as EvaluationContext).reason).toBe(
      'DEFAULT',
    );
  });

  it('takes nothing from a polluted Object.prototype', () => {
    const prototype = Object.prototype as { it?: string; deep?: unknown; targetingKey?: string };
    prototype.it = 'x';
    prototype.deep = { it: 'x', er: { it: 'x' } };
    prototype.targetingKey = 'vip';
    try {
      expect(members({ deep: { er: {} } })).toEqual([]);
      expect(engine.evaluate('split', {}).reason).toBe('DEFAULT');
    } finally {
      delete prototype.it;
      delete prototype.deep;
      delete prototype.targetingKey;
    }
  });

  it('does not descend into maps, lists, functions or strings', () => {
    const entry: [string, string] = ['it', 'x'];
    expect(members({ deep: new Map([entry]) })).toEqual([]);
    expect(members({ deep: Object.assign([], { it: 'x' }) })).toEqual([]);
    expect(members({ deep: Object.assign(() => undefined, { it: 'x' }) })).toEqual([]);
    expect(members({ deep: 'it' })).toEqual([]);
  });

  it('treats a context that is no object as empty', () => {
    for (const subject of [null, undefined, 'x', 7, true, Symbol('x'), 7n, [], () => 'x']) {
      expect(members(subject)).toEqual([]);
      expect(engine.evaluate('split', subject as unknown as EvaluationContext)).toMatchObject({
        reason: 'DEFAULT',
      });
    }
  });

  it('reads dates as instants for before and after', () => {
    expect(members({ it: new Date('2025-12-31T23:59:59Z') })).toEqual(['1-before', '1-exists']);
    expect(members({ it: new Date('2026-01-01T00:00:01Z') })).toEqual(['1-after', '1-exists']);
    expect(members({ it: new Date(Number.NaN) })).toEqual(['1-exists']);
  });

  it('never throws, whatever stands in it', () => {
    const cyclic: Record<string, unknown> = { it: 'x' };
    cyclic['deep'] = cyclic;
    cyclic['list'] = [cyclic];
    const trap = new Proxy(
      {},
      { get: throwing, has: throwing, getOwnPropertyDescriptor: throwing, ownKeys: throwing },
    );
    const elements = new Proxy(['x'], { get: throwing });
    const { proxy: revoked, revoke } = Proxy.revocable({}, {});
    revoke();
    const nasty: unknown[] = [
      cyclic,
      trap,
      revoked,
      { deep: trap },
      { it: trap, deep: { er: trap } },
      { it: elements },
      { it: [elements, revoked, trap] },
      { it: revoked, deep: revoked },
      { it: 10n, targetingKey: 10n },
      { it: Symbol('x'), targetingKey: Symbol('x') },
      { it: () => 'x' },
      { it: Number.NaN },
      { it: new String('x') },
      { it: [undefined, null, 7n, Symbol('x'), ['x']] },
      Object.freeze({ it: Object.freeze(['y']) }),
      Object.assign(Object.create(null), { it: 'y' }),
      JSON.parse('{"__proto__": {"it": "x"}, "deep": {"__proto__": {"it": "x"}}}'),
    ];
    for (const subject of nasty) {
      expect(() => members(subject)).not.toThrow();
      expect(() => engine.evaluate('split', subject as EvaluationContext)).not.toThrow();
      expect(() => engine.explainFlag('split', subject as EvaluationContext)).not.toThrow();
    }
  });

  it('never throws for arbitrary values', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
        (value) => {
          members(value);
          members({ it: value, deep: { it: value, er: { it: value } }, targetingKey: value });
          engine.evaluate('split', { targetingKey: value } as unknown as EvaluationContext);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('an operand that is no use to its operator', () => {
  it.each<[AttributeOperator, Json[]]>([
    ['equals', [null, ['x'], { x: 1 }]],
    ['in', ['x', null, [], [null, ['x']], { 0: 'x' }]],
    ['contains', [1, null, ['x']]],
    ['startsWith', [1, null, ['x']]],
    ['endsWith', [1, null, ['x']]],
    ['matches', ['(', '[', '\\', 1, null, ['x']]],
    ['less', ['5', null, true]],
    ['lessOrEqual', ['5', null, true]],
    ['greater', ['5', null, true]],
    ['greaterOrEqual', ['5', null, true]],
    ['semverEquals', ['1', '1.0', 1, null, '']],
    ['semverLess', ['latest', 1, null]],
    ['semverGreater', ['latest', 1, null]],
    ['before', ['tomorrow', '2026-02-30', '2026-01-01T00:00:00', true, null]],
    ['after', ['tomorrow', '', true, null]],
    ['exists', ['true', 1, null]],
  ])('makes %s match nothing', (operator, operands) => {
    const values = [
      'x',
      '',
      1,
      6,
      -1,
      true,
      null,
      '1.0.0',
      '2025-01-01',
      '2027-01-01',
      ['x'],
      [null],
      { x: 1 },
      '(',
    ];
    for (const value of operands) {
      const bad = engineOver(() => value);
      for (const it of values) expect(members({ it }, bad)).not.toContain(`1-${operator}`);
      expect(members({}, bad)).not.toContain(`1-${operator}`);
    }
  });
});
