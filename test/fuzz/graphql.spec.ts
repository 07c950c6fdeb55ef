import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { ERROR_CODES } from '../../src/domain/error-code.js';
import { documentOf, ROOT_FIELDS } from '../support/api.js';
import { ENVIRONMENT } from '../support/api-samples.js';
import { inputs, SEED } from './budget.js';
import { mutateBytes } from './byte-mutator.js';
import { CORPUS } from './corpus.js';
import { mutateJson, ODD_VALUES } from './json-mutator.js';
import { Random } from './random.js';
import { type Reply, type Sent, Victim } from './victim.js';

interface Payload {
  readonly revision?: number | null;
  readonly userErrors?: readonly { readonly code: string }[];
}

interface Answer {
  readonly data?: Readonly<Record<string, Payload | null>> | null;
  readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
}

const GROWTH = 48 * 1_048_576;
const schema = buildSchema(readFileSync('docs/schema.graphql', 'utf8'));
const FIELDS = { ...schema.getQueryType()?.getFields(), ...schema.getMutationType()?.getFields() };
const random = new Random(SEED + 4);
const codes: ReadonlySet<string> = new Set(ERROR_CODES);
let victim: Victim;
let written = 0;

beforeAll(async () => {
  victim = await Victim.start();
});
afterAll(() => victim?.stop());

/** A value of the form that the schema asks for, most of the time; names and keys from a small pool, so that acts meet. */
function valueOf(type: GraphQLInputType, name: string): unknown {
  if (random.chance(0.03)) return structuredClone(random.one(ODD_VALUES));
  if (isNonNullType(type)) return valueOf(type.ofType, name);
  if (isListType(type)) return Array.from({ length: random.below(3) }, () => valueOf(type.ofType, name));
  if (isEnumType(type)) return random.one(type.getValues()).name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(
      (field) => isNonNullType(field.type) || random.chance(0.4),
    );
    return Object.fromEntries(fields.map((field) => [field.name, valueOf(field.type, field.name)]));
  }
  return scalarOf(type.name, name);
}

function scalarOf(type: string, name: string): unknown {
  if (name === 'environment') return random.chance(0.9) ? ENVIRONMENT : 'staging';
  switch (type) {
    case 'Int':
      return random.one([0, 1, 2, 50, 1_000, 100_000, -1]);
    case 'Float':
      return random.one([0, 0.01, 1, 1.5, -1]);
    case 'Boolean':
      return random.chance(0.5);
    case 'JSON':
      return mutateJson(random.one(CORPUS)[1], random);
    case 'Condition':
      return mutateJson({ attribute: ['email'], operator: 'endsWith', value: '@corp.com' }, random);
    default:
      return random.one([
        'new-checkout',
        'employees',
        'checkout',
        'rollout',
        'checkout-errors',
        'on',
        'off',
        'v1',
        'v2',
        'a',
        'fuzz-a',
      ]);
  }
}

/** A root field called with everything selected and arguments made up by the schema. */
function call(): { query: string; variables: object } {
  const name = random.one(ROOT_FIELDS);
  const args = FIELDS[name]?.args ?? [];
  const variables = Object.fromEntries(args.map((arg) => [arg.name, valueOf(arg.type, arg.name)]));
  return { query: documentOf(name), variables };
}

function made(): Sent {
  const { query, variables } = call();
  const whole = Buffer.from(JSON.stringify({ query, variables }));
  const headers = { authorization: `Bearer ${victim.adminToken}`, 'content-type': 'application/json' };
  const broken = random.below(6);
  if (broken === 0) return sent(headers, mutateBytes(whole, random));
  if (broken === 1) {
    const bytes = mutateBytes(Buffer.from(query), random).toString('latin1');
    return sent(headers, Buffer.from(JSON.stringify({ query: bytes, variables })));
  }
  if (broken === 2)
    return sent(headers, Buffer.from(JSON.stringify(mutateJson({ query, variables }, random))));
  return sent(headers, whole);
}

function sent(headers: Sent['headers'], body: Buffer): Sent {
  return { method: 'POST', path: '/graphql', headers, body };
}

function check(_: Sent, { status, text }: Reply): void {
  expect(status).toBeLessThan(500);
  const { data, errors = [] } = JSON.parse(text) as Answer;
  const told = errors.map(({ extensions }) => extensions?.code ?? 'no code');
  const payloads = Object.values(data ?? {});
  written += payloads.filter((payload) => payload?.revision != null).length;
  const refused = payloads.flatMap((payload) => payload?.userErrors ?? []);
  for (const code of [...told, ...refused.map((error) => error.code)]) {
    expect(codes).toContain(code);
    expect(code).not.toBe('GENERAL');
  }
  expect(told.length > 0 || data != null).toBe(true);
}

describe('whatever is sent to the admin API', () => {
  it('is answered with declared codes below 500, and leaves nothing behind', async () => {
    const count = inputs(0.05);
    await victim.send(Math.ceil(count / 4), made, check);
    const before = await victim.heapUsed();
    await victim.send(count, made, check);
    expect((await victim.heapUsed()) - before).toBeLessThan(GROWTH);
    expect(await victim.health()).toEqual({ ready: 200, faults: [] });
    expect(written).toBeGreaterThan(count / 100);
  });

  it('has stored only documents that are read again', async () => {
    expect(await victim.unreadable()).toEqual([]);
  });
});
