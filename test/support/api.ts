import { readFileSync } from 'node:fs';
import {
  buildSchema,
  getNamedType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { ERROR_CODES } from '../../src/domain/error-code.js';

/** What a request to the admin API comes back with. */
export interface ApiAnswer {
  readonly status: number;
  readonly data: { readonly [field: string]: unknown } | null;
  readonly errors: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string; readonly field?: string | null };
  }[];
}

/** A mutation's payload, of any kind. */
export interface ApiPayload {
  readonly revision?: number | null;
  readonly userErrors: readonly { readonly field: string; readonly message: string; readonly code: string }[];
  readonly warnings?: ApiPayload['userErrors'];
  readonly [field: string]: unknown;
}

export type Arguments = { readonly [name: string]: unknown };

const schema = buildSchema(readFileSync('docs/schema.graphql', 'utf8'));
const fields = {
  query: schema.getQueryType()?.getFields() ?? {},
  mutation: schema.getMutationType()?.getFields() ?? {},
};

/** Every query and mutation of the published schema. */
export const ROOT_FIELDS: readonly string[] = [...Object.keys(fields.query), ...Object.keys(fields.mutation)];

/** Codes that the descriptions of a mutation, of the ones that it refers to, and of all of them, declare. */
export function declaredCodes(name: string): ReadonlySet<string> {
  const own = fields.mutation[name]?.description ?? '';
  const common = codesIn(schema.getMutationType()?.description ?? '');
  const sentence = /(?:\bAs|any code of) ([^.]+)\./.exec(own)?.[1] ?? '';
  const others = sentence.split(/\W+/).filter((word) => word in fields.mutation && word !== name);
  const referred = others.flatMap((other) => [...declaredCodes(other)]);
  return new Set([...common, ...codesIn(own), ...referred]);
}

function codesIn(description: string): string[] {
  return ERROR_CODES.filter((code) => new RegExp(`\\b${code}\\b`).test(description));
}

/** Calls the admin API by the published schema: any root field, with everything that it can answer. */
export class Api {
  /** Names of all root fields that were called. */
  readonly called = new Set<string>();

  constructor(
    readonly url: string,
    private readonly token: string | null,
  ) {}

  /** The same API for another token. */
  as(token: string | null): Api {
    return new Api(this.url, token);
  }

  /** Sends a body as it is. */
  async send(body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<ApiAnswer> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
        ...headers,
      },
      body: body as RequestInit['body'],
      signal: AbortSignal.timeout(20_000),
    });
    return readAnswer(response);
  }

  run(query: string, variables: Arguments = {}): Promise<ApiAnswer> {
    return this.send(JSON.stringify({ query, variables }));
  }

  /** Calls one root field with everything selected. */
  call(name: string, args: Arguments = {}): Promise<ApiAnswer> {
    this.called.add(name);
    return this.run(documentOf(name), args);
  }

  /** What a query answers; throws where it answers errors. */
  async ask<T = Arguments>(name: string, args: Arguments = {}): Promise<T> {
    const { data, errors } = await this.call(name, args);
    if (errors.length > 0) throw new Error(`${name}: ${JSON.stringify(errors)}`);
    return data?.[name] as T;
  }

  /** A mutation's payload, user errors and all; throws where the schema does not declare one of their codes. */
  async mutate(name: string, input: Arguments): Promise<ApiPayload> {
    const payload = await this.ask<ApiPayload>(name, { input: { reason: 'For a test', ...input } });
    const declared = declaredCodes(name);
    for (const { code, field } of payload.userErrors)
      if (!declared.has(code)) throw new Error(`the schema of ${name} does not declare ${code} (${field})`);
    return payload;
  }

  /** As `mutate`; throws where there are user errors. */
  async do(name: string, input: Arguments): Promise<ApiPayload> {
    const payload = await this.mutate(name, input);
    if (payload.userErrors.length > 0) throw new Error(`${name}: ${JSON.stringify(payload.userErrors)}`);
    return payload;
  }
}

export async function readAnswer(response: Response): Promise<ApiAnswer> {
  const { data = null, errors = [] } = (await response.json()) as Partial<ApiAnswer>;
  return { status: response.status, data, errors };
}

/** Arguments that a root field accepts by their form: whatever must be given, and `environment` wherever it can be. */
export function sampleArguments(name: string, environment: string): Arguments {
  const { args } = fieldOf(name);
  return Object.fromEntries(
    args
      .filter((arg) => isNonNullType(arg.type) || arg.name === 'environment')
      .map((arg) => [arg.name, arg.name === 'environment' ? environment : sampleOf(arg.type, environment)]),
  );
}

function sampleOf(type: GraphQLInputType, environment: string): unknown {
  if (isNonNullType(type)) return sampleOf(type.ofType, environment);
  if (isListType(type)) return [];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) {
    const given = Object.values(type.getFields()).filter(
      (field) => isNonNullType(field.type) || field.name === 'environment',
    );
    return Object.fromEntries(
      given.map((field) => [
        field.name,
        field.name === 'environment' ? environment : sampleOf(field.type, environment),
      ]),
    );
  }
  return SCALARS[type.name];
}

const SCALARS: Arguments = {
  ID: 'sample',
  String: 'sample',
  Int: 1,
  Float: 1,
  Boolean: true,
  JSON: {},
  Condition: {},
};

function fieldOf(name: string): GraphQLField<unknown, unknown> {
  const field = fields.query[name] ?? fields.mutation[name];
  if (field === undefined) throw new Error(`the schema has no ${name}`);
  return field;
}

/** The operation that calls a root field with all its arguments as variables, and selects everything. */
export function documentOf(name: string): string {
  const { args, type } = fieldOf(name);
  const variables = args.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ');
  const passed = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const operation = name in fields.query ? 'query' : 'mutation';
  return args.length === 0
    ? `${operation} { ${name} ${selectionOf(type)} }`
    : `${operation} (${variables}) { ${name}(${passed}) ${selectionOf(type)} }`;
}

function selectionOf(type: GraphQLOutputType): string {
  const named = getNamedType(type);
  if (!isCompositeType(named) || !isObjectType(named)) return '';
  return `{ ${Object.values(named.getFields())
    .map((field) => `${field.name} ${selectionOf(field.type)}`)
    .join(' ')} }`;
}
