import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { sampleFlag, sampleRoute, sampleSnapshot } from '../../../test/support/sample-documents.js';
import { ATTRIBUTE_OPERATORS } from './condition.js';
import type { Condition } from './condition.js';
import type { EvaluationContext } from './context.js';
import { compile } from './engine.js';
import type { Flag, FlagServe } from './flag.js';
import type { Json } from './json.js';
import type { Resolution } from './resolution.js';
import type { RouteServe } from './route.js';
import type { Segment } from './segment.js';
import type { Snapshot } from './snapshot.js';
import { FLAG_WEIGHT_TOTAL, ROUTE_WEIGHT_TOTAL } from './split.js';

const NAMES = ['plan', 'age', 'verified', 'groups', 'targetingKey', '__proto__', 'constructor'];
const name = fc.constantFrom(...NAMES);
const scalar = fc.oneof(
  fc.constantFrom<Json>('a', 'b', '', 'u1', '1.2.3', '2026-03-01', 0, 1, 2.5, true, false, null),
  fc.string({ maxLength: 3 }),
  fc.integer(),
);
const operand: fc.Arbitrary<Json> = fc.oneof(scalar, fc.array(scalar, { maxLength: 10 }));
const json: fc.Arbitrary<Json> = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(name, tie('json'), { maxKeys: 4 }),
  ),
})).json;

const context: fc.Arbitrary<EvaluationContext> = fc
  .tuple(fc.dictionary(name, json, { maxKeys: 6 }), fc.constantFrom('u1', 'u2', '', undefined))
  .map(([attributes, targetingKey]) =>
    targetingKey === undefined ? attributes : { ...attributes, targetingKey },
  );

const condition: fc.Arbitrary<Condition> = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    fc.record({
      attribute: fc.array(name, { minLength: 1, maxLength: 3 }),
      operator: fc.constantFrom(...ATTRIBUTE_OPERATORS),
      value: operand,
    }),
    fc.record({
      operator: fc.constant('inSegment' as const),
      value: fc.constantFrom('s0', 's1', 's2', 'none'),
    }),
    fc.record({ all: fc.array(tie('condition'), { maxLength: 4 }) }),
    fc.record({ any: fc.array(tie('condition'), { maxLength: 4 }) }),
    fc.record({ not: tie('condition') }),
  ),
})).condition;

const keys = fc.uniqueArray(fc.constantFrom('u1', 'u2', 'u3'), { maxLength: 2 });

const flagServe: fc.Arbitrary<FlagServe> = fc.oneof(
  fc.record({ variant: fc.constantFrom('a', 'b') }),
  fc.record({
    split: fc.record(
      {
        bucketBy: fc.constantFrom(['targetingKey'], ['plan'], ['verified', 'plan']),
        salt: fc.string({ maxLength: 4 }),
        arms: fc.integer({ min: 0, max: FLAG_WEIGHT_TOTAL }).map((weight) => [
          { variant: 'a', weight },
          { variant: 'b', weight: FLAG_WEIGHT_TOTAL - weight },
        ]),
        otherwise: fc.constantFrom('error' as const, { arm: 'a' }),
      },
      { requiredKeys: ['bucketBy', 'salt', 'arms'] },
    ),
  }),
);

const routeServe: fc.Arbitrary<RouteServe> = fc.oneof(
  fc.record({ version: fc.constantFrom('v1', 'v2') }),
  fc.record({
    split: fc.record(
      {
        arms: fc.integer({ min: 0, max: ROUTE_WEIGHT_TOTAL }).map((weight) => [
          { version: 'v2', weight },
          { version: 'v1', weight: ROUTE_WEIGHT_TOTAL - weight },
        ]),
        otherwise: fc.constantFrom('weights' as const, { arm: 'v2' }),
      },
      { requiredKeys: ['arms'] },
    ),
  }),
);

function rules<S>(serve: fc.Arbitrary<S>): fc.Arbitrary<{ id: string; condition: Condition; serve: S }[]> {
  return fc
    .array(fc.record({ condition, serve }), { maxLength: 3 })
    .map((items) => items.map((item, index) => ({ id: `r${index}`, ...item })));
}

function flag(key: string, fields: Partial<Flag> = {}): Flag {
  return sampleFlag(key, {
    type: 'string',
    variants: { a: 'A', b: 'B' },
    defaultVariant: 'b',
    offVariant: null,
    ...fields,
  });
}

function flagArbitrary(key: string, requirable: readonly string[]): fc.Arbitrary<Flag> {
  const prerequisite = fc.record({
    flag: fc.constantFrom('missing', ...requirable),
    variants: fc.constantFrom(['a'], ['b'], ['a', 'b']),
  });
  return fc
    .record({
      enabled: fc.boolean(),
      defaultVariant: fc.constantFrom('a', 'b', null, 'missing'),
      offVariant: fc.constantFrom('a', null),
      prerequisites: fc.array(prerequisite, { maxLength: 2 }),
      targets: fc.array(fc.record({ variant: fc.constantFrom('a', 'b'), keys }), { maxLength: 2 }),
      rules: rules(flagServe),
    })
    .map((fields) => flag(key, fields));
}

function segmentArbitrary(key: string): fc.Arbitrary<Segment> {
  return fc
    .record({ rules: fc.array(condition, { maxLength: 2 }), included: keys, excluded: keys })
    .map((fields) => ({ key, description: '', ...fields }));
}

/** Segments may refer to each other in circles here, and f1 and f2 may require each other. */
const anySnapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    flags: fc.tuple(
      flagArbitrary('f0', ['f1']),
      flagArbitrary('f1', ['f2']),
      flagArbitrary('f2', ['f0', 'f2']),
    ),
    segments: fc.tuple(segmentArbitrary('s0'), segmentArbitrary('s1'), segmentArbitrary('s2')),
    routes: fc
      .tuple(rules(routeServe), fc.constantFrom(null, 'v2'))
      .map(([items, closed]) => [sampleRoute('r', { rules: items, closed })]),
  })
  .map((documents) => sampleSnapshot(documents));

const users = Array.from({ length: 20_000 }, (_, index) => `user-${index}`);

function ramp(weight: number, salt: string) {
  const arms = [
    { variant: 'a', weight },
    { variant: 'b', weight: FLAG_WEIGHT_TOTAL - weight },
  ];
  const serve = { split: { bucketBy: ['targetingKey'], salt, arms } };
  return compile(
    sampleSnapshot({ flags: [flag('f', { rules: [{ id: 'r', condition: { all: [] }, serve }] })] }),
  );
}

function firstArm(weight: number, salt: string): Set<string> {
  const engine = ramp(weight, salt);
  return new Set(users.filter((user) => engine.evaluate('f', { targetingKey: user }).variant === 'a'));
}

describe('an engine', () => {
  it('explains every flag and route with the answer it gives, whatever the documents and the context', () => {
    fc.assert(
      fc.property(anySnapshot, context, (documents, subject) => {
        const engine = compile(documents);
        for (const key of ['f0', 'f1', 'f2', 'missing']) {
          expect(engine.explainFlag(key, subject).resolution).toBe(engine.evaluate(key, subject));
        }
        const trace = engine.explainRoute('r', subject);
        expect(trace.resolution).toEqual(engine.evaluateRoute('r', subject));
        expect(trace.bucket).toBe(engine.bucketOfRoute('r', subject));
      }),
      { numRuns: 1_500 },
    );
  });

  it('answers for all flags at once what it answers for each', () => {
    const kept: Resolution[] = [];
    fc.assert(
      fc.property(anySnapshot, context, (documents, subject) => {
        const engine = compile(documents);
        const all = engine.evaluateAll(subject, kept);
        expect(all).toBe(kept);
        expect(all).toHaveLength(documents.flags.length);
        for (const [index, { key }] of documents.flags.entries()) {
          expect(all[index]).toBe(engine.evaluate(key, subject));
          expect(engine.evaluateAll(subject)[index]).toBe(all[index]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('answers the same from every order of compilation, circles included', () => {
    fc.assert(
      fc.property(
        anySnapshot,
        context,
        fc.shuffledSubarray(['f0', 'f1', 'f2'], { minLength: 3 }),
        (documents, subject, order) => {
          const [one, other] = [compile(documents), compile(documents)];
          for (const key of order) other.evaluate(key, subject);
          for (const key of ['f0', 'f1', 'f2']) {
            const { variant, reason, rule, errorCode } = one.evaluate(key, subject);
            expect(other.evaluate(key, subject)).toMatchObject({ variant, reason, rule });
            expect(other.evaluate(key, subject).errorCode).toBe(errorCode);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('matches all and any whatever the order of their conditions', () => {
    fc.assert(
      fc.property(
        fc.array(condition, { maxLength: 6 }),
        fc.infiniteStream(fc.nat()),
        context,
        (conditions, random, subject) => {
          const shuffled = conditions
            .map((item) => ({ item, rank: random.next().value as number }))
            .sort((a, b) => a.rank - b.rank)
            .map(({ item }) => item);
          const segments: Segment[] = [
            { key: 's0', description: '', rules: [{ all: conditions }], included: [], excluded: [] },
            { key: 's3', description: '', rules: [{ all: shuffled }], included: [], excluded: [] },
            { key: 's4', description: '', rules: [{ any: conditions }], included: [], excluded: [] },
            { key: 's5', description: '', rules: [{ any: shuffled }], included: [], excluded: [] },
          ];
          const engine = compile(sampleSnapshot({ segments }));
          expect(engine.isMember('s3', subject)).toBe(engine.isMember('s0', subject));
          expect(engine.isMember('s5', subject)).toBe(engine.isMember('s4', subject));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a ramp', () => {
  it('never moves a user of the first arm out when its weight rises', () => {
    const weight = fc.integer({ min: 0, max: FLAG_WEIGHT_TOTAL });
    fc.assert(
      fc.property(
        weight,
        weight,
        fc.string({ maxLength: 8 }),
        fc.uniqueArray(fc.string({ minLength: 1 })),
        (one, two, salt, subjects) => {
          const [before, after] = [ramp(Math.min(one, two), salt), ramp(Math.max(one, two), salt)];
          for (const targetingKey of subjects) {
            if (before.evaluate('f', { targetingKey }).variant === 'a') {
              expect(after.evaluate('f', { targetingKey }).variant).toBe('a');
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([0, 100, 1_000, 5_000, 20_000, 50_000, 99_000, FLAG_WEIGHT_TOTAL])(
    'at weight %i holds that share of 20,000 users, within five standard deviations',
    (weight) => {
      const share = weight / FLAG_WEIGHT_TOTAL;
      const deviation = Math.sqrt(users.length * share * (1 - share));
      for (const salt of ['checkout', 'search', 'ä']) {
        const size = firstArm(weight, salt).size;
        expect(Math.abs(size - users.length * share)).toBeLessThanOrEqual(5 * deviation);
      }
    },
  );

  it('draws different users for different salts', () => {
    const [one, other] = [firstArm(20_000, 'checkout'), firstArm(20_000, 'search')];
    const both = [...one].filter((user) => other.has(user)).length;
    expect(both / users.length).toBeGreaterThan(0.03);
    expect(both / users.length).toBeLessThan(0.05);
  });
});
