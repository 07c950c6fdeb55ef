import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { hashSecret, makeSecret } from '../auth/secret.js';
import { ChangeService } from '../changes/change.service.js';
import { newFields } from '../changes/fields.js';
import type { Documents } from '../domain/documents.js';
import { ref } from '../domain/documents.js';
import { REGISTRY } from '../domain/image.js';
import { issueErrors } from '../domain/issue-errors.js';
import { type Plan, refuse } from '../domain/plan.js';
import type { UserError } from '../domain/problem.js';
import { type Token, tokenFaults, tokenSchema } from '../domain/token.js';
import { Store } from '../ports/store.js';
import type { CreateTokenInput, RevokeTokenInput } from '../schema.types.js';

export interface TokenPayload {
  readonly token: Token | null;
  readonly secret: string | null;
  readonly userErrors: readonly UserError[];
}

/** Tokens are documents of the registry; what is kept of their secrets is a hash. */
@Injectable()
export class TokensService {
  constructor(
    private readonly store: Store,
    private readonly changes: ChangeService,
  ) {}

  async list(): Promise<Token[]> {
    const { documents } = await this.store.image(REGISTRY);
    return documents.list('token').map(({ value }) => value);
  }

  async create(caller: Caller, input: CreateTokenInput, now: Date): Promise<TokenPayload> {
    const secret = makeSecret(input.kind);
    const raw = { ...newFields(input), hash: hashSecret(secret), createdAt: now.toISOString() };
    const { userErrors, image, revision } = await this.changes.write(
      caller,
      toWrite(input),
      ({ documents }) => planToken(documents, raw),
    );
    const token = userErrors.length > 0 ? undefined : image.documents.value('token', input.key);
    return { token: token ?? null, secret: revision === null ? null : secret, userErrors };
  }

  async revoke(caller: Caller, input: RevokeTokenInput): Promise<TokenPayload> {
    const { documents } = await this.store.image(REGISTRY);
    const { userErrors } = await this.changes.write(caller, toWrite(input), (image) =>
      planRevocation(image.documents, input.key),
    );
    const revoked = documents.value('token', input.key);
    return { token: userErrors.length > 0 ? null : (revoked ?? null), secret: null, userErrors };
  }
}

function toWrite({ reason, dryRun }: RevokeTokenInput): {
  readonly environment: string;
  readonly reason: string;
  readonly dryRun?: boolean | null;
} {
  return { environment: REGISTRY, reason, dryRun: dryRun ?? false };
}

function planToken(documents: Documents, raw: object): Plan {
  const parsed = tokenSchema.safeParse(raw);
  if (!parsed.success) return refuse(issueErrors(parsed.error.issues, ''));
  const token = parsed.data;
  const errors = [...tokenFaults(token), ...standingFaults(token, documents)];
  if (errors.length > 0) return refuse(errors);
  const edits = [{ kind: 'token', key: token.key, value: token } as const];
  return { errors: [], warnings: [], commit: { edits, expected: { [ref('token', token.key)]: 0 } } };
}

function standingFaults({ key, environments }: Token, documents: Documents): UserError[] {
  const faults: UserError[] = [];
  if (documents.get('token', key) !== undefined) {
    const message = `There is a token "${key}" already: choose another key, or revoke it first.`;
    faults.push({ field: 'key', message, code: 'DUPLICATE_KEY' });
  }
  for (const [index, name] of (environments ?? []).entries()) {
    if (documents.get('environment', name) !== undefined) continue;
    const message = `There is no environment "${name}".`;
    faults.push({ field: `environments.${index}`, message, code: 'DANGLING_REFERENCE' });
  }
  return faults;
}

function planRevocation(documents: Documents, key: string): Plan {
  const standing = documents.get('token', key);
  if (standing === undefined)
    return refuse([{ field: 'key', message: `There is no token "${key}".`, code: 'NOT_FOUND' }]);
  const edits = [{ kind: 'token', key, value: null } as const];
  return {
    errors: [],
    warnings: [],
    commit: { edits, expected: { [ref('token', key)]: standing.revision } },
  };
}
