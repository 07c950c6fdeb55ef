import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { QUERY_LIMITS } from '../../src/api/query-limits.js';
import { type Api, ROOT_FIELDS } from '../support/api.js';
import { createSamples, ENVIRONMENT } from '../support/api-samples.js';
import { App } from '../support/app.js';

let app: App;
let api: Api;

beforeAll(async () => {
  app = await App.start();
  api = app.api();
  await createSamples(api);
}, 60_000);

afterAll(() => app?.stop());

const IN = `environment: "${ENVIRONMENT}"`;

function times(count: number, part: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => part(n)).join(' ');
}

/** Each spreads the next one twice: 2ⁿ fields by n lines. */
function bomb(levels: number): string {
  const fragments = times(levels, (n) => `fragment F${n} on Environment { ...F${n + 1} ...F${n + 1} }`);
  return `{ environments { ...F0 } } ${fragments} fragment F${levels} on Environment { key }`;
}

/** The types of fields of types of …: what a circular part of the schema can be blown up to. */
function circles(levels: number): string {
  return `{ __schema { types { ${'fields { type { '.repeat(levels)} name ${'} }'.repeat(levels)} } } }`;
}

describe('a hostile query', () => {
  it.each<[string, string, string, RegExp]>([
    ['of 51 aliases', `{ ${times(51, (n) => `a${n}: revision(${IN})`)} }`, 'QUERY_TOO_COMPLEX', /50/],
    [
      'of aliases in a fragment that is spread often',
      `{ ${times(20, () => 'environments { ...F }')} } fragment F on Environment { a: key b: key c: key }`,
      'QUERY_TOO_COMPLEX',
      /60 aliases.*50/,
    ],
    ['of pages by alias', pages(5), 'QUERY_TOO_COMPLEX', /costs \d+.*200000/],
    ['that unfolds to 2³⁰ fields', bomb(30), 'QUERY_TOO_COMPLEX', /costs \d+/],
    ['that unfolds to 2⁴⁹ fields', bomb(49), 'QUERY_TOO_COMPLEX', /costs \d+/],
    ['of 400 fragments', bomb(400), 'QUERY_TOO_COMPLEX', /./],
    ['of types of fields of types', circles(5), 'QUERY_TOO_COMPLEX', /costs \d+/],
    [
      'of 10,000 directives',
      `{ environments ${'@skip(if: false) '.repeat(10_000)} { key } }`,
      'TOO_LARGE',
      /./,
    ],
    [
      'of 500 directives',
      `{ environments ${'@skip(if: false) '.repeat(500)} { key } }`,
      'QUERY_TOO_COMPLEX',
      /500 directives.*50/,
    ],
    [
      'of 2,000 times the same field',
      `{ environments { ${'key '.repeat(2_000)} } }`,
      'QUERY_TOO_COMPLEX',
      /200/,
    ],
    ['of 100 root fields', `{ ${'__typename '.repeat(100)} }`, 'QUERY_TOO_COMPLEX', /100 root fields.*25/],
    [
      'of 26 mutations',
      `mutation { ${times(26, () => `deleteFlag(input: {${IN}, key: "new-checkout", reason: "x"}) { revision }`)} }`,
      'QUERY_TOO_COMPLEX',
      /26 root fields/,
    ],
    [
      'of fragments in a circle',
      '{ environments { ...A } } fragment A on Environment { ...B } fragment B on Environment { ...A }',
      'INVALID_INPUT',
      /itself/,
    ],
    [
      'of lists in 30 levels',
      `{ environments { ${'key { '.repeat(30)} key ${'}'.repeat(30)} } }`,
      'QUERY_TOO_COMPLEX',
      /deep/,
    ],
  ])('%s is refused each time, before it is compiled', async (_, query, code, words) => {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { errors, data } = await api.run(query);
      expect(data).toBeNull();
      expect(errors[0]).toMatchObject({ message: expect.stringMatching(words), extensions: { code } });
    }
  });

  it('with 3 MB of variables that it does not use is answered', async () => {
    const { data, errors } = await api.run('{ environments { key } }', { x: 'a'.repeat(3_000_000) });
    expect([data, errors]).toEqual([{ environments: [{ key: ENVIRONMENT }] }, []]);
  });

  it('with 3 MB in a reason is refused by the field', async () => {
    const input = { environment: ENVIRONMENT, key: 'new-checkout', reason: 'a'.repeat(3_000_000) };
    expect((await api.mutate('enableFlag', input)).userErrors).toMatchObject([
      { field: 'reason', code: 'TOO_LARGE' },
    ]);
  });

  it.each<[number, string]>([
    [100_000, 'TOO_LARGE'],
    [2_000, 'INVALID_INPUT'],
  ])('with %d unknown names in its variables is refused, and not by telling each', async (count, code) => {
    const many = Object.fromEntries(Array.from({ length: count }, (_, n) => [`n${n}`, n]));
    const query = 'mutation ($input: CreateFlagInput!) { createFlag(input: $input) { revision } }';
    const { errors } = await api.run(query, { input: many });
    expect(errors[0]?.extensions?.code).toBe(code);
    expect(JSON.stringify(errors).length).toBeLessThan(200_000);
  });
});

describe('an honest query', () => {
  it('may ask for everything that a page of 200 has', async () => {
    for (const name of ROOT_FIELDS.filter((field) => field.endsWith('s') && field !== 'tokens')) {
      const { errors } = await api.call(name, { environment: ENVIRONMENT, first: 200 });
      expect(errors.filter(({ extensions }) => extensions?.code === 'QUERY_TOO_COMPLEX')).toEqual([]);
    }
  });

  it('may ask for the schema, as tools do', async () => {
    const query = getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true, oneOf: true });
    expect((await api.run(query)).errors).toEqual([]);
  });

  it('has limits that are documented', () => {
    expect(QUERY_LIMITS).toEqual({
      cost: 200_000,
      depth: 16,
      aliases: 50,
      directives: 50,
      rootFields: 25,
      breadth: 200,
      fragments: 50,
    });
  });
});

function pages(count: number): string {
  const flag =
    'key rules { id serve { variant split { arms { variant weight } } } } targets { variant keys }';
  return `{ ${times(count, (n) => `a${n}: flags(${IN}, first: 200) { edges { node { ${flag} } } }`)} }`;
}
