import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { sampleFlag, sampleSnapshot } from '../../../test/support/sample-documents.js';
import { compileCondition } from './compiled-condition.js';
import { CompiledRule } from './compiled-rule.js';
import type { Condition } from './condition.js';
import type { EvaluationContext } from './context.js';
import { compile } from './engine.js';
import type { Json } from './json.js';
import { decideByIndex } from './rule-index.js';
import { decideByList } from './rule-list.js';

const name = fc.constantFrom('plan', 'plan', 'plan', 'country', 'toString');
const scalar = fc.constantFrom<Json>('a', 'b', 'c', 'd', 'e', '', 0, 1, 2, true, false, null, Number.NaN);
const equality = fc.oneof(
  fc.record({ attribute: fc.tuple(name), operator: fc.constant('equals' as const), value: scalar }),
  fc.record({
    attribute: fc.tuple(name),
    operator: fc.constant('in' as const),
    value: fc.oneof(fc.array(scalar, { maxLength: 2 }), fc.array(scalar, { maxLength: 12 }), scalar),
  }),
);
const other: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ attribute: fc.tuple(name), operator: fc.constant('exists' as const), value: fc.boolean() }),
  fc.record({ attribute: fc.tuple(name), operator: fc.constant('contains' as const), value: scalar }),
  fc.record({ attribute: fc.tuple(name, name), operator: fc.constant('equals' as const), value: scalar }),
  fc.record({ not: equality }),
  fc.record({ any: fc.array(equality, { maxLength: 2 }) }),
  fc.constant({ all: [] }),
);
const leaf = fc.oneof({ arbitrary: equality, weight: 9 }, { arbitrary: other, weight: 1 });
const flat = fc.record({ all: fc.array(leaf, { minLength: 1, maxLength: 3 }) });
const condition: fc.Arbitrary<Condition> = fc.oneof(
  leaf,
  flat,
  fc.record({ all: fc.array(fc.oneof(leaf, flat), { minLength: 1, maxLength: 3 }) }),
);

function throwing(): never {
  throw new Error('no');
}

/** Stands for a revoked proxy, which generators can't handle by itself. */
const REVOKED = Symbol('revoked');

const list = fc.array(fc.oneof(scalar, fc.array(scalar, { maxLength: 2 })), { maxLength: 3 });
const value: fc.Arbitrary<unknown> = fc.oneof(
  { arbitrary: scalar, weight: 5 },
  list,
  list.map((items) => new Proxy(items, {})),
  list.map((items) => new Proxy(items, { get: throwing })),
  fc.constantFrom<unknown>(undefined, 7n, Symbol('a'), { a: 'a' }, new String('a'), REVOKED, () => 'a'),
);
const attributes = fc.dictionary(name, value).map((own) => {
  const entries = Object.entries(own).map(([at, it]) => [at, it === REVOKED ? revoked() : it]);
  return Object.fromEntries(entries) as Record<string, unknown>;
});

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  return proxy;
}

function withGetter(own: Record<string, unknown>, at: string, get: () => unknown): object {
  return Object.defineProperty({ ...own }, at, { get, enumerable: true, configurable: true });
}

/** Plain objects; inherited and lent attributes; getters; proxies that lie, throw or tell the truth; no objects at all. */
const subject: fc.Arbitrary<unknown> = fc.oneof(
  { arbitrary: attributes, weight: 4 },
  fc.tuple(attributes, attributes).map(([own, base]) => Object.assign(Object.create(base), own)),
  attributes.map((own) => Object.assign(Object.create(null), own)),
  fc.tuple(attributes, name).map(([own, at]) => withGetter(own, at, throwing)),
  fc.tuple(attributes, name, value).map(([own, at, got]) => withGetter(own, at, () => got)),
  fc.tuple(attributes, value).map(([own, got]) => new Proxy(own, { get: () => got })),
  attributes.map((own) => new Proxy(own, { getOwnPropertyDescriptor: throwing })),
  attributes.map((own) => new Proxy(own, { get: throwing })),
  fc.constantFrom<unknown>(null, undefined, 'a', 7, ['a'], new Map([['plan', 'a']]), REVOKED),
);

function contextsOf(subjects: readonly unknown[]): EvaluationContext[] {
  return subjects.map((one) => (one === REVOKED ? revoked() : one) as EvaluationContext);
}

function rulesOf(conditions: readonly Condition[]): CompiledRule<string>[] {
  return conditions.map(
    (source, index) =>
      new CompiledRule(
        `r${index}`,
        compileCondition(source, () => undefined),
        `r${index}`,
      ),
  );
}

describe('an index over rules', () => {
  it('decides as the list does, whatever the rules and the context', () => {
    let indexed = 0;
    fc.assert(
      fc.property(
        fc.array(condition, { minLength: 4, maxLength: 12 }),
        fc.array(subject, { minLength: 1, maxLength: 8 }),
        (conditions, subjects) => {
          const rules = rulesOf(conditions);
          const byList = decideByList(rules, 'none');
          const byIndex = decideByIndex(rules, 'none', byList);
          if (byIndex === null) return;
          indexed += 1;
          for (const one of contextsOf(subjects)) expect(byIndex(one)).toBe(byList(one));
        },
      ),
      { numRuns: 3_000 },
    );
    expect(indexed).toBeGreaterThan(300);
  });

  it('decides as the trace says, in flags', () => {
    fc.assert(
      fc.property(
        fc.array(condition, { minLength: 4, maxLength: 8 }),
        fc.array(subject, { minLength: 1, maxLength: 4 }),
        (conditions, subjects) => {
          const engine = compile(
            sampleSnapshot({
              flags: [
                sampleFlag('f', {
                  offVariant: null,
                  rules: conditions.map((one, index) => ({
                    id: `r${index}`,
                    condition: one,
                    serve: { variant: 'on' },
                  })),
                }),
              ],
            }),
          );
          for (const one of contextsOf(subjects)) {
            expect(engine.evaluate('f', one)).toBe(engine.explainFlag('f', one).resolution);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  const equals = (at: string, operand: Json): Condition => ({
    attribute: [at],
    operator: 'equals',
    value: operand,
  });

  it.each<[string, boolean, Condition[]]>([
    [
      'one attribute is compared in all rules',
      true,
      ['a', 'b', 'c', 'd'].map((plan) => equals('plan', plan)),
    ],
    ['there are few rules', false, ['a', 'b', 'c'].map((plan) => equals('plan', plan))],
    ['all rules take the same value', false, ['a', 'b', 'c', 'd'].map(() => equals('plan', 'a'))],
    ['the comparison is negated', false, ['a', 'b', 'c', 'd'].map((plan) => ({ not: equals('plan', plan) }))],
  ])('where %s: %s', (_, isMade, conditions) => {
    const rules = rulesOf(conditions);
    expect(decideByIndex(rules, 'none', decideByList(rules, 'none')) !== null).toBe(isMade);
  });
});
