import { readFileSync } from 'node:fs';
import type { Change, IMutation, IQuery, RolloutPosition, RouteStatus } from '../../src/schema.types.js';

export type MutationName = keyof IMutation;
/** What every mutation takes, whatever else. */
export type MutationInput = { readonly reason: string; readonly [field: string]: unknown };

/** The errors of a GraphQL answer, as it gave them. */
export class AdminError extends Error {
  constructor(readonly errors: readonly { message: string; extensions?: { code?: string } }[]) {
    super(errors.map(({ message, extensions }) => `${extensions?.code}: ${message}`).join('; '));
  }

  get codes(): readonly (string | undefined)[] {
    return this.errors.map(({ extensions }) => extensions?.code);
  }
}

/** Speaks GraphQL to a service, as an admin's script would. */
export class AdminClient {
  constructor(
    readonly url: string,
    private readonly secret: string,
  ) {}

  /** Runs any document. Throws AdminError when the answer holds errors. */
  async run<T = IQuery>(document: string, variables: object = {}): Promise<T> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.secret}` },
      body: JSON.stringify({ query: document, variables }),
      signal: AbortSignal.timeout(20_000),
    });
    const { data, errors = [] } = (await response.json()) as { data: T; errors?: AdminError['errors'] };
    if (errors.length > 0) throw new AdminError(errors);
    return data;
  }

  /** Runs one mutation and gives its payload, user errors and warnings included. `select`: its other fields. */
  async mutate<N extends MutationName>(name: N, input: MutationInput, select = ''): Promise<IMutation[N]> {
    const { input: type, payload } = mutationTypes(name);
    const warnings = payload === 'TokenPayload' ? '' : 'warnings { field message code }';
    const document = `mutation ($input: ${type}!) {
      ${name}(input: $input) { ${select} userErrors { field message code } ${warnings} }
    }`;
    return (await this.run<IMutation>(document, { input }))[name];
  }

  /** As `mutate`, but throws where there are user errors. */
  async do<N extends MutationName>(name: N, input: MutationInput, select = ''): Promise<IMutation[N]> {
    const payload = await this.mutate(name, input, select);
    const [error] = payload.userErrors;
    if (error !== undefined) {
      throw new AdminError([
        { message: `${name}: ${error.field}: ${error.message}`, extensions: { code: error.code } },
      ]);
    }
    return payload;
  }

  /** Makes a token of one environment and gives its secret. */
  async makeToken(environment: string, kind: 'server' | 'client'): Promise<string> {
    const input = { key: `${environment}-${kind}`, kind, environments: [environment], reason: 'For a test' };
    const { secret } = await this.do('createToken', input, 'secret');
    return String(secret);
  }

  /** The change log, oldest first. */
  async history(environment: string, document?: string): Promise<readonly Change[]> {
    const { history } = await this.run(HISTORY, { environment, document });
    return history.changes.toReversed();
  }

  async position(environment: string, key: string): Promise<RolloutPosition> {
    const { rollout } = await this.run(POSITION, { environment, key });
    if (rollout == null) throw new Error(`there is no rollout ${key}`);
    return rollout.position;
  }

  async routeStatus(environment: string, key: string): Promise<RouteStatus | null> {
    const { route } = await this.run(STATUS, { environment, key });
    return route?.status ?? null;
  }
}

const HISTORY = `query ($environment: ID!, $document: String) {
  history(environment: $environment, document: $document, first: 100) {
    changes {
      revision at actor reason documents { kind key before after } event { kind subject evidence }
    }
  }
}`;

const POSITION = `query ($environment: ID!, $key: ID!) {
  rollout(environment: $environment, key: $key) {
    position { token run step state held stepStartedAt startedAt waiting }
  }
}`;

const STATUS = `query ($environment: ID!, $key: ID!) {
  route(environment: $environment, key: $key) {
    status { phase desired applied observed ready checkedAt error { code message } }
  }
}`;

/** Names of a mutation's input and payload, as the published schema has them. */
function mutationTypes(name: MutationName): { readonly input: string; readonly payload: string } {
  schema ??= readFileSync('docs/schema.graphql', 'utf8');
  const [, input, payload] = new RegExp(`^ +${name}\\(input: (\\w+)!\\): (\\w+)!`, 'm').exec(schema) ?? [];
  if (input === undefined || payload === undefined) throw new Error(`the schema has no mutation ${name}`);
  return { input, payload };
}

let schema: string | undefined;
