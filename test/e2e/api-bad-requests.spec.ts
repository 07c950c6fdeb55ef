import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { HTTP_STATUS } from '../../src/api/error-table.js';
import { ERROR_CODES } from '../../src/domain/error-code.js';
import { type Api, type ApiAnswer, readAnswer } from '../support/api.js';
import { createSamples, ENVIRONMENT, FLAG, inProduction, ROUTE } from '../support/api-samples.js';
import { App } from '../support/app.js';

let app: App;
let api: Api;

beforeAll(async () => {
  app = await App.start();
  api = app.api();
  await createSamples(api);
}, 60_000);

afterAll(() => app?.stop());

/** Tells nothing of what stands behind the API. */
const INSIDE = /node_modules|\.js:\d|\bat \w+ \(|TypeError|RangeError|ReferenceError|lmdb|went wrong/;

/**
 * Asks several times, since what the first time is interpreted is compiled from the second time on; each time it must be
 * refused with one of our codes, tell nothing of the inside, and write nothing.
 */
async function refusal(
  ask: () => Promise<ApiAnswer>,
): Promise<readonly [status: number, code: string | undefined]> {
  const before = await api.ask('revision', { environment: ENVIRONMENT });
  const answers = [await ask(), await ask(), await ask()];
  for (const { errors, data } of answers) {
    expect(errors.length).toBeGreaterThan(0);
    expect(Object.values(data ?? {}).every((value) => value === null)).toBe(true);
    for (const error of errors) {
      expect(ERROR_CODES).toContain(error.extensions?.code);
      expect(JSON.stringify(error)).not.toMatch(INSIDE);
    }
  }
  const told = answers.map(({ status, errors }) => [status, errors[0]?.extensions?.code] as const);
  expect(told[1]).toEqual(told[0]);
  expect(told[2]).toEqual(told[0]);
  expect(await api.ask('revision', { environment: ENVIRONMENT })).toBe(before);
  return told[0] as readonly [number, string];
}

const LIST = '{ environments { key } }';
const CREATE = 'mutation ($input: CreateFlagInput!) { createFlag(input: $input) { revision } }';

function brackets(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

describe('a body', () => {
  const utf8 = Buffer.concat([
    Buffer.from('{"query":"{ environments { key } }","x":"'),
    Buffer.from([0xc3, 0x28]),
    Buffer.from('"}'),
  ]);

  it.each<[string, string | Uint8Array, number, string]>([
    ['of 10 MB', JSON.stringify({ query: LIST, x: 'a'.repeat(10_000_000) }), 413, 'TOO_LARGE'],
    ['a little over 4 MiB', JSON.stringify({ query: LIST, x: 'a'.repeat(4_194_304) }), 413, 'TOO_LARGE'],
    ['that is no JSON', '{"query":', 400, 'INVALID_INPUT'],
    ['that is empty', '', 400, 'INVALID_INPUT'],
    ['that is not UTF-8', utf8, 400, 'INVALID_INPUT'],
    ['without a query', '{}', 400, 'INVALID_INPUT'],
    ['whose query is no text', '{"query":{"a":1}}', 400, 'INVALID_INPUT'],
    ['whose query is JSON', '{"query":"true"}', 400, 'INVALID_INPUT'],
    [
      'whose query is a document parsed already',
      JSON.stringify({ query: JSON.stringify(parse(LIST, { noLocation: true })) }),
      400,
      'INVALID_INPUT',
    ],
    ['that is a batch', `[{"query":"${LIST}"},{"query":"${LIST}"}]`, 400, 'INVALID_INPUT'],
    ['that is null', 'null', 400, 'INVALID_INPUT'],
    ['whose variables are a list', `{"query":"${LIST}","variables":[1]}`, 400, 'INVALID_INPUT'],
    [
      'with the name __proto__',
      `{"query":"${LIST}","variables":{"__proto__":{"a":1}}}`,
      400,
      'RESERVED_NAME',
    ],
    [
      'with \\u005f_proto__',
      `{"query":"${LIST}","variables":{"\\u005f_proto__":{"a":1}}}`,
      400,
      'RESERVED_NAME',
    ],
    [
      'with constructor.prototype',
      `{"query":"${LIST}","variables":{"constructor":{"prototype":{}}}}`,
      400,
      'RESERVED_NAME',
    ],
    [
      'that asks for an operation it lacks',
      `{"query":"query a ${LIST}","operationName":"b"}`,
      400,
      'INVALID_INPUT',
    ],
  ])('%s is refused', async (_, body, status, code) => {
    expect(await refusal(() => api.send(body))).toEqual([status, code]);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/graphql',
    'multipart/form-data; boundary=x',
    '',
  ])('of content type "%s" is refused', async (type) => {
    const body = JSON.stringify({ query: LIST });
    expect(await refusal(() => api.send(body, { 'content-type': type }))).toEqual([415, 'INVALID_INPUT']);
  });

  it('has done no harm to any object', () => {
    expect(({} as { a?: number }).a).toBeUndefined();
  });
});

describe('a GET', () => {
  const get = async (query: string, more = ''): Promise<ApiAnswer> =>
    readAnswer(
      await fetch(`${app.url}/graphql?query=${encodeURIComponent(query)}${more}`, {
        headers: { authorization: `Bearer ${app.token}` },
      }),
    );

  it('can ask', async () => {
    expect(await get(LIST)).toMatchObject({ status: 200, data: { environments: [{ key: ENVIRONMENT }] } });
  });

  it('can write nothing', async () => {
    const input = `{environment: "${ENVIRONMENT}", key: "got", reason: "x"}`;
    expect(await refusal(() => get(`mutation { createFlag(input: ${input}) { revision } }`))).toEqual([
      405,
      'INVALID_INPUT',
    ]);
  });

  it.each(['&variables={', '&variables={"__proto__":{}}'])('with %s is refused', async (more) => {
    expect((await refusal(() => get(LIST, more)))[0]).toBe(400);
  });
});

describe('a query', () => {
  const deep = `{ __schema { types { fields { type { ${'ofType { '.repeat(12)} name ${'}'.repeat(12)} } } } } }`;

  it.each<[string, string, object, number, string]>([
    ['with a syntax error', '{ environments { key }', {}, 400, 'INVALID_INPUT'],
    ['for an unknown field', '{ environments { colour } }', {}, 400, 'INVALID_INPUT'],
    ['without an argument that is needed', '{ flag(key: "a") { key } }', {}, 400, 'INVALID_INPUT'],
    ['with an unknown argument', '{ environments(all: true) { key } }', {}, 400, 'INVALID_INPUT'],
    ['without its variables', CREATE, {}, 400, 'INVALID_INPUT'],
    [
      'with an unknown field in its input',
      CREATE,
      { input: inProduction({ key: 'a', reason: 'x', colour: 1 }) },
      400,
      'INVALID_INPUT',
    ],
    [
      'with a number for a text',
      CREATE,
      { input: inProduction({ key: 'a', reason: 1 }) },
      400,
      'INVALID_INPUT',
    ],
    [
      'with an object for a key',
      CREATE,
      { input: inProduction({ key: {}, reason: 'x' }) },
      400,
      'INVALID_INPUT',
    ],
    [
      'with a text for a list of objects',
      CREATE,
      { input: inProduction({ key: 'a', reason: 'x', rules: 'all' }) },
      400,
      'INVALID_INPUT',
    ],
    [
      'with no member of an enum',
      CREATE,
      { input: inProduction({ key: 'a', reason: 'x', type: 'date' }) },
      400,
      'INVALID_INPUT',
    ],
    [
      'with null for what must be given',
      CREATE,
      { input: inProduction({ key: null, reason: 'x' }) },
      400,
      'INVALID_INPUT',
    ],
    [
      'with a number too large for Int',
      '{ flags(environment: "production", first: 3000000000) { totalCount } }',
      {},
      400,
      'INVALID_INPUT',
    ],
    ['nested too deep', deep, {}, 413, 'QUERY_TOO_COMPLEX'],
    ['of too many tokens', `{ ${'a: environments { key } '.repeat(2_000)} }`, {}, 413, 'TOO_LARGE'],
    [
      'with deep lists in its text',
      `{ explain(environment: "production", flag: "a", context: ${brackets(2_000)}) }`,
      {},
      413,
      'TOO_LARGE',
    ],
    [
      'with lists a little too deep in its text',
      `{ explain(environment: "production", flag: "a", context: ${brackets(50)}) }`,
      {},
      413,
      'TOO_LARGE',
    ],
    ['that is a subscription', 'subscription { changes { revision } }', {}, 400, 'INVALID_INPUT'],
    [
      'that spreads a fragment into itself',
      '{ environments { ...A } } fragment A on Environment { ...A }',
      {},
      400,
      'INVALID_INPUT',
    ],
  ])('%s is refused', async (_, query, variables, status, code) => {
    expect(await refusal(() => api.run(query, { ...variables }))).toEqual([status, code]);
  });

  it.each([
    [
      'JSON',
      'query ($v: JSON!) { explain(environment: "production", flag: "new-checkout", context: $v) }',
      '{"v":%}',
    ],
    ['a typed list', CREATE, '{"input":{"environment":"production","key":"a","reason":"x","tags":%}}'],
    [
      'a condition',
      CREATE,
      '{"input":{"environment":"production","key":"a","reason":"x","rules":[{"id":"a","serve":{},"condition":%}]}}',
    ],
  ])('with variables nested 100,000 levels deep in %s is refused', async (_, query, variables) => {
    const body = `{"query":${JSON.stringify(query)},"variables":${variables.replace('%', brackets(100_000))}}`;
    expect(['INVALID_INPUT', 'TOO_LARGE']).toContain((await refusal(() => api.send(body)))[1]);
  });

  it.each([
    [{ flag: 'nowhere', context: {} }, 'flag', 'NOT_FOUND'],
    [{ flag: '__proto__', context: {} }, 'flag', 'NOT_FOUND'],
    [{ flag: FLAG.key, route: 'checkout', context: {} }, 'flag', 'INVALID_INPUT'],
    [{ context: {} }, 'flag', 'INVALID_INPUT'],
    [{ flag: FLAG.key, context: 'text' }, 'context', 'INVALID_INPUT'],
    [{ flag: FLAG.key, context: [] }, 'context', 'INVALID_INPUT'],
  ])('explain(%j) is refused at "%s"', async (args, field, code) => {
    const { errors } = await api.call('explain', inProduction(args));
    expect(errors).toMatchObject([{ path: ['explain'], extensions: { code, field } }]);
  });

  it('with no member of an enum is told the members, interpreted or compiled', async () => {
    const input = inProduction({ key: 'a', reason: 'x', type: 'date' });
    for (const { errors } of [await api.run(CREATE, { input }), await api.run(CREATE, { input })])
      expect(errors[0]?.message).toMatch(/It is one of boolean, .*string/);
  });

  it.each([0, -1, 201])('for a page of %d is refused', async (first) => {
    const { errors } = await api.call('flags', inProduction({ first }));
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', field: 'first' } }]);
  });

  it.each<object>([{}, { targetingKey: 5 }, { targetingKey: '\ud800', toString: null, hasOwnProperty: 1 }])(
    'explains whatever context it is given: %j',
    async (context) => {
      const { errors } = await api.call('explain', inProduction({ flag: FLAG.key, context }));
      expect(errors).toEqual([]);
    },
  );
});

describe('an act on what is not there', () => {
  it.each([
    ['updateFlag', { key: 'none' }, 'key'],
    ['deleteRoute', { key: 'none' }, 'key'],
    ['startRollout', { key: '__proto__' }, 'key'],
    ['resetGuard', { key: 'none', subject: 'flag/x' }, 'key'],
    ['removeFlagRule', { key: FLAG.key, rule: 'none' }, 'rule'],
    ['setRouteSplit', { key: ROUTE.key, rule: 'constructor', arms: [] }, 'rule'],
  ])('%s(%j) is NOT_FOUND', async (mutation, input, field) => {
    expect((await api.mutate(mutation, inProduction(input))).userErrors).toMatchObject([
      { field, code: 'NOT_FOUND' },
    ]);
  });
});

describe('what has no place here', () => {
  it.each([
    ['PUT', '/graphql'],
    ['GET', '/nowhere'],
    ['DELETE', '/graphql/'],
  ])('%s %s is told so with a code', async (method, path) => {
    const headers = { authorization: `Bearer ${app.token}` };
    const response = await fetch(app.url + path, { method, headers });
    expect(response.status).toBe(HTTP_STATUS.NOT_FOUND);
    expect(await response.json()).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('has left nothing in the log that looks like a fault of ours', () => {
    expect(
      app.logged.map((line) => JSON.parse(line) as { level: number }).filter(({ level }) => level >= 50),
    ).toEqual([]);
  });
});
