import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildSchema, getIntrospectionQuery, parse } from 'graphql';
import { Problem } from '../domain/problem.js';
import { measureQuery, type QueryFigures } from './query-figures.js';
import { checkLimits, QUERY_LIMITS } from './query-limits.js';

const schema = buildSchema(`
  type Query { flag: Flag flags(first: Int, after: String): Flags! owners: [Owner!]! }
  type Mutation { write: Flag }
  type Flags { edges: [Edge!]! totalCount: Int! }
  type Edge { node: Flag! }
  type Flag { key: ID! rules: [Rule!]! owner: Owner }
  type Rule { id: ID! flag: Flag }
  type Owner { name: String! flags: [Flag!]! }
`);

function figuresOf(query: string): QueryFigures {
  return measureQuery(schema, parse(query))[0] as QueryFigures;
}

function problemOf(query: string): Problem {
  try {
    checkLimits(schema, parse(query), QUERY_LIMITS);
  } catch (error) {
    if (error instanceof Problem) return error;
  }
  throw new Error('it was let pass');
}

describe('the cost of a query', () => {
  it.each([
    ['{ flag { key } }', 2],
    ['{ flag { key rules { id } } }', 1 + 1 + 1 + 10],
    ['{ owners { name } }', 1 + 10],
    ['{ flags { totalCount } }', 1 + 50],
    ['{ flags(first: 3) { edges { node { key } } } }', 1 + 3 * (1 + 1 + 1)],
    ['{ flags(first: 3) { edges { node { rules { id } } } } }', 1 + 3 * (1 + 1 + 1 + 10)],
    ['query ($n: Int) { flags(first: $n) { totalCount } }', 1 + 200],
    ['query ($n: Int = 1) { flags(first: $n) { totalCount } }', 1 + 200],
    ['{ flags(first: 100000) { totalCount } }', 1 + 200],
    ['{ flags(first: -5) { totalCount } }', 1 + 1],
    ['{ flags(first: null) { totalCount } }', 1 + 50],
    ['{ flag { ... on Flag { key } ...F } } fragment F on Flag { key owner { name } }', 5],
    ['{ flags(first: 2) { ...F } } fragment F on Flags { edges { node { key } } }', 1 + 2 * 3],
    ['{ colour { shade } }', 2],
    ['{ ...Missing }', 0],
    ['{ __typename }', 1],
    ['{ __schema { types { name } } }', 1 + 1 + 10],
  ])('of %s is %i', (query, cost) => {
    expect(figuresOf(query).cost).toBe(cost);
  });

  it('counts a fragment that holds itself once: validation refuses it', () => {
    const query =
      '{ flag { ...A } } fragment A on Flag { owner { ...B } } fragment B on Owner { flags { ...A } }';
    expect(figuresOf(query).cost).toBe(3);
  });

  it('takes time by the length of the text and not by what it unfolds to', () => {
    const levels = Array.from(
      { length: 2_000 },
      (_, n) => `fragment F${n} on Flag { ...F${n + 1} ...F${n + 1} }`,
    );
    const figures = figuresOf(`{ flag { ...F0 } } ${levels.join(' ')} fragment F2000 on Flag { key }`);
    expect(figures.cost).toBe(Infinity);
  });

  it('never falls when a part is added', () => {
    const part = fc.constantFrom(
      'key',
      'a: key',
      'owner { name }',
      'rules { id }',
      'key @include(if: true)',
      '...F',
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), part, (parts, more) => {
        const rest = 'fragment F on Flag { b: key owner { name } }';
        const few = figuresOf(`{ flag { ${parts.join(' ')} } } ${rest}`);
        const many = figuresOf(`{ flag { ${parts.join(' ')} ${more} } } ${rest}`);
        for (const name of Object.keys(few) as (keyof QueryFigures)[])
          expect(many[name]).toBeGreaterThanOrEqual(few[name]);
      }),
    );
  });
});

describe('other figures', () => {
  it('count what fragments bring wherever they are spread', () => {
    const query = `query @a { x: flag { ...F @b } y: flag { ...F } }
      fragment F on Flag { z: key @c owner { name } }`;
    expect(figuresOf(query)).toMatchObject({
      aliases: 4,
      directives: 4,
      rootFields: 2,
      depth: 3,
      fragments: 1,
    });
  });

  it('are taken of each operation', () => {
    const document = parse('query a { flag { key } } mutation b { write { key } write { key } }');
    expect(measureQuery(schema, document).map(({ rootFields }) => rootFields)).toEqual([1, 2]);
  });
});

describe('checkLimits', () => {
  it.each([
    [
      'cost',
      '{ owners { flags { rules { flag { rules { flag { rules { flag { rules { id } } } } } } } } } }',
    ],
    ['depth', `{ ${'flag { owner { '.repeat(10)} name ${'} }'.repeat(10)} }`],
    ['aliases', `{ flag { ${Array.from({ length: 51 }, (_, n) => `a${n}: key`).join(' ')} } }`],
    ['directives', `{ flag { key ${'@skip(if: false) '.repeat(51)} } }`],
    ['rootFields', `{ ${'flag { key } '.repeat(26)} }`],
    ['breadth', `{ flag { ${'key '.repeat(201)} } }`],
    [
      'fragments',
      `{ flag { key } } ${Array.from({ length: 51 }, (_, n) => `fragment F${n} on Flag { key }`).join(' ')}`,
    ],
  ])('refuses by %s, naming limit and figure', (field, query) => {
    const limit = QUERY_LIMITS[field as keyof QueryFigures];
    const figure = figuresOf(query)[field as keyof QueryFigures];
    const problem = problemOf(query);
    expect(problem).toMatchObject({ code: 'QUERY_TOO_COMPLEX', field });
    expect(problem.message).toContain(String(limit));
    expect(problem.message).toContain(String(figure));
  });

  it('lets the introspection query of common tools pass', () => {
    const query = getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true, oneOf: true });
    checkLimits(schema, parse(query), QUERY_LIMITS);
  });
});
