import type { Kind, Ref } from '../../domain/documents.js';
import type { Image } from '../../domain/image.js';
import { Problem } from '../../domain/problem.js';
import type { Outcome } from './ledger.js';
import type { LedgerCommit } from './ledger-commit.js';

type Refused = Exclude<Outcome, { readonly kind: 'committed' }>;

/** The problem that a refused commit is told as. `image` is the scope as it stands by now. */
export function refusalOf(refused: Refused, commit: LedgerCommit, image: Image): Problem {
  switch (refused.kind) {
    case 'stale':
      return new Problem('STALE_REVISION', `${refused.ref} was written by somebody else; read it again`, {
        field: 'expectedRevision',
        current: documentOf(image, refused.ref),
      });
    case 'stale-state':
      return new Problem('STALE_REVISION', `${refused.key} was written by somebody else; read it again`, {
        field: 'expected',
        current: refused.current,
      });
    case 'stale-scope':
      return new Problem('STALE_REVISION', 'Something was written since this was decided; decide again', {
        field: 'expectedRevision',
        current: currentOf(commit, image),
      });
    case 'stale-lease':
      return new Problem('STALE_LEASE', `Another process holds the lease "${refused.lease.name}" by now`);
    case 'reused':
      return reusedProblem();
    case 'moved':
      return new Problem('STALE_REVISION', 'The store began a new epoch since this was read; read it again', {
        field: 'expectedRevision',
        current: currentOf(commit, image),
      });
    case 'absent':
      return new Problem('STORE_LOST', `The store has no record of "${image.scope}"`);
  }
}

/** The key of a request was used for another one. */
export function reusedProblem(): Problem {
  const message = 'This idempotency key was used with another input; take a new key';
  return new Problem('IDEMPOTENCY_KEY_REUSED', message, { field: 'idempotencyKey' });
}

function currentOf(commit: LedgerCommit, image: Image): unknown {
  const [first] = Object.keys({ ...commit.expected, ...commit.unchanged }) as Ref[];
  const [key] = (commit.state ?? []).map((edit) => edit.key);
  if (first === undefined) return key === undefined ? null : (image.states.get(key) ?? null);
  return documentOf(image, first);
}

function documentOf({ documents }: Image, ref: Ref): unknown {
  const [kind, ...rest] = ref.split('/');
  return documents.get(kind as Kind, rest.join('/')) ?? null;
}
