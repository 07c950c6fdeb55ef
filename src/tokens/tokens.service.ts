import { Injectable } from '@nestjs/common';
import { actorOf, type Principal } from '../auth/principal.js';
import { hashSecret, makeSecret } from '../auth/secret.js';
import { type Documents, ref } from '../domain/documents.js';
import { REGISTRY } from '../domain/image.js';
import { Problem, type UserError } from '../domain/problem.js';
import { type Token, tokenFaults, tokenSchema } from '../domain/token.js';
import { Store } from '../ports/store.js';
import type { CreateTokenInput } from '../schema.types.js';

export interface TokenPayload {
  readonly token: Token | null;
  readonly secret: string | null;
  readonly userErrors: readonly UserError[];
}

@Injectable()
export class TokensService {
  constructor(private readonly store: Store) {}

  async list(): Promise<Token[]> {
    const { documents } = await this.store.image(REGISTRY);
    return documents.list('token').map(({ value }) => value);
  }

  async create(principal: Principal, input: CreateTokenInput, now: Date): Promise<TokenPayload> {
    const secret = makeSecret(input.kind);
    const { documents } = await this.store.image(REGISTRY);
    const { reason, ...fields } = input;
    const parsed = tokenSchema.safeParse({
      ...defined(fields),
      hash: hashSecret(secret),
      createdAt: now.toISOString(),
    });
    const userErrors = parsed.success
      ? faultsOf(parsed.data, documents)
      : parsed.error.issues.map(toUserError);
    if (!parsed.success || userErrors.length > 0) return { token: null, secret: null, userErrors };
    const refused = await this.#commit(principal, parsed.data.key, parsed.data, 0, reason);
    return refused ?? { token: parsed.data, secret, userErrors: [] };
  }

  async revoke(principal: Principal, key: string, reason: string): Promise<TokenPayload> {
    const { documents } = await this.store.image(REGISTRY);
    const standing = documents.get('token', key);
    if (standing === undefined)
      return refuse({ field: 'key', message: `There is no token "${key}".`, code: 'NOT_FOUND' });
    const refused = await this.#commit(principal, key, null, standing.revision, reason);
    return refused ?? { token: standing.value, secret: null, userErrors: [] };
  }

  async #commit(
    principal: Principal,
    key: string,
    value: Token | null,
    revision: number,
    reason: string,
  ): Promise<TokenPayload | null> {
    try {
      await this.store.commit(REGISTRY, {
        edits: [{ kind: 'token', key, value }],
        expected: { [ref('token', key)]: revision },
        actor: actorOf(principal),
        reason,
      });
      return null;
    } catch (error) {
      if (error instanceof Problem && error.code === 'STALE_REVISION')
        return { token: null, secret: null, userErrors: error.errors };
      throw error;
    }
  }
}

function defined(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  );
}

function faultsOf(token: Token, documents: Documents): UserError[] {
  const unknown = (token.environments ?? []).filter((key) => documents.get('environment', key) === undefined);
  return [
    ...tokenFaults(token),
    ...(documents.get('token', token.key) === undefined
      ? []
      : [
          {
            field: 'key',
            message: `There is a token "${token.key}" already; revoke it first.`,
            code: 'DUPLICATE_KEY' as const,
          },
        ]),
    ...unknown.map((key) => ({
      field: 'environments',
      message: `There is no environment "${key}".`,
      code: 'DANGLING_REFERENCE' as const,
    })),
  ];
}

function toUserError(issue: { readonly path: readonly PropertyKey[]; readonly message: string }): UserError {
  const field = issue.path.map(String).join('.');
  return {
    field,
    message: `${field || 'The token'} ${issue.message}.`,
    code: field === 'key' ? 'INVALID_KEY' : 'INVALID_INPUT',
  };
}

function refuse(error: UserError): TokenPayload {
  return { token: null, secret: null, userErrors: [error] };
}
