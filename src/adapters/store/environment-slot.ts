import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Commit, Committed, LeaseProof } from '../../domain/change.js';
import { REGISTRY } from '../../domain/image.js';
import { Problem } from '../../domain/problem.js';
import type { LeaseHolder, Ledger } from './ledger.js';
import { ledgerCommit } from './ledger-commit.js';
import { reusedProblem } from './refusal.js';

/** Long enough for two writes; a creator that needs longer is fenced off. */
const CLAIM = 10_000;
const PATIENCE = 15_000;

/**
 * Makes the slot of an environment, then has it registered. One creator of a name at a time: the lease's token fences
 * off an earlier one both in the slot and in the registry, so that a registered slot is never made anew.
 *
 * @param register without a lease says whether the name is free; with it also registers it. False = it is taken.
 */
export async function createSlot(
  ledger: Ledger,
  environment: string,
  commit: Commit,
  register: (lease: LeaseProof | null) => Promise<boolean>,
): Promise<Committed> {
  const name = `create/${environment}`;
  const holder = { name, holder: randomBytes(9).toString('base64url'), instance: '' };
  const token = await claim(ledger, holder);
  try {
    if (!(await register(null))) return await repeated(ledger, environment, commit);
    const epoch = randomBytes(9).toString('base64url');
    const creation = { epochs: [{ epoch, revision: 0 }], claim: token, commit: ledgerCommit(commit) };
    const made = await ledger.create(environment, creation);
    if (!made || !(await register({ name, token }))) throw duplicate(environment);
    return { epoch, revision: 1, repeated: false };
  } finally {
    await ledger.releaseLease(REGISTRY, holder).catch(() => undefined);
  }
}

async function claim(ledger: Ledger, holder: LeaseHolder): Promise<number> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const token = await ledger.acquireLease(REGISTRY, { ...holder, ttl: CLAIM });
    if (token !== null) return token;
    if (Date.now() > end) throw new Problem('STORE_UNAVAILABLE', 'Somebody else is creating it; try again');
    await sleep(50);
  }
}

async function repeated(ledger: Ledger, environment: string, { idempotency }: Commit): Promise<Committed> {
  const known = idempotency ? await ledger.remembered(environment, idempotency.key) : null;
  if (known === null) throw duplicate(environment);
  if (known.input === idempotency?.input)
    return { epoch: known.epoch, revision: known.revision, repeated: true };
  throw reusedProblem();
}

function duplicate(environment: string): Problem {
  return new Problem('DUPLICATE_KEY', `There is an environment "${environment}" already; take another key`, {
    field: 'key',
  });
}
