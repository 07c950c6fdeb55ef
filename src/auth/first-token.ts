import { Logger } from '@nestjs/common';
import { REGISTRY } from '../domain/image.js';
import { ref } from '../domain/documents.js';
import { Problem } from '../domain/problem.js';
import type { Token } from '../domain/token.js';
import type { Store } from '../ports/store.js';
import { hashSecret, makeSecret } from './secret.js';

const FIRST = 'first-admin';
const log = new Logger('FirstToken');

/**
 * Sees to it that somebody can get in: `configured` (TIDEGATE_ADMIN_TOKEN) becomes the token `first-admin`; without it,
 * and without any admin token in the registry, one is made. Returns the secret that was made, to be printed once, else
 * null.
 */
export async function ensureFirstToken(
  store: Store,
  configured: string | undefined,
  now: Date,
): Promise<string | null> {
  const { documents } = await store.image(REGISTRY);
  const present = documents.get('token', FIRST);
  if (configured !== undefined) {
    if (present?.value.hash === hashSecret(configured)) return null;
    await write(store, configured, present?.revision ?? 0, now);
    if (present !== undefined)
      log.warn(
        `TIDEGATE_ADMIN_TOKEN is not what token ${FIRST} was: it is now, and its old secret is revoked.`,
      );
    return null;
  }
  if (documents.list('token').some(({ value }) => value.kind === 'admin')) return null;
  const made = makeSecret('admin');
  await write(store, made, present?.revision ?? 0, now);
  return made;
}

async function write(store: Store, secret: string, revision: number, now: Date): Promise<void> {
  const token: Token = {
    key: FIRST,
    description: 'Made at first start',
    hash: hashSecret(secret),
    kind: 'admin',
    role: 'admin',
    environments: null,
    createdAt: now.toISOString(),
  };
  try {
    await store.commit(REGISTRY, {
      edits: [{ kind: 'token', key: FIRST, value: token }],
      expected: { [ref('token', FIRST)]: revision },
      actor: 'system:start',
      reason: 'First admin token',
    });
  } catch (error) {
    // Another replica that starts with the same configuration got there first, which is just as well.
    if (!(error instanceof Problem) || error.code !== 'STALE_REVISION') throw error;
  }
}
