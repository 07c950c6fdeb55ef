import type { Fields } from '../changes/fields.js';
import { guardErrors } from '../domain/guard-checks.js';
import type { GuardSubject } from '../domain/guard/guard-subject.js';
import type { Guard } from '../domain/guard.js';
import type { Image } from '../domain/image.js';
import { parseDocument } from '../domain/parse-document.js';
import { Problem, type UserError } from '../domain/problem.js';
import { readsBeforehand } from '../domain/rollout/watched-guards.js';
import { guardFields } from './guard-fields.js';

/** A guard to look back with: saved, or a draft; and the rollout that it stands in. */
export interface PastGuardInput {
  readonly guard?: string | null;
  readonly draft?: Fields | null;
  readonly rollout?: string | null;
}

/** What that guard reads. NOT_FOUND, INVALID_INPUT, and what a guard can have wrong in itself. */
export function pastSubject(image: Image, input: PastGuardInput): GuardSubject {
  const guard = guardIn(image, input);
  const rollout = input.rollout == null ? null : image.documents.value('rollout', input.rollout);
  if (rollout === undefined)
    throw new Problem('NOT_FOUND', `There is no rollout "${input.rollout}" here.`, { field: 'rollout' });
  const reads = readsBeforehand(image, guard, rollout);
  if (reads !== null) return reads;
  const message = 'No rollout names this guard, and it has no target: say in which rollout it is to stand.';
  throw new Problem('INVALID_INPUT', message, { field: 'rollout' });
}

function guardIn({ documents }: Image, { guard: key, draft }: PastGuardInput): Guard {
  if ((key == null) === (draft == null)) {
    const message = key == null ? 'Give a guard or a draft.' : 'Give a guard or a draft, and not both.';
    throw new Problem('INVALID_INPUT', message, { field: 'guard' });
  }
  if (draft != null) return drafted(draft);
  const guard = documents.value('guard', key ?? '');
  if (guard === undefined)
    throw new Problem('NOT_FOUND', `There is no guard "${key}" here.`, { field: 'guard' });
  return guard;
}

const KEY = 'draft';

function drafted(draft: Fields): Guard {
  const source = draft['source'];
  if (source !== 'prometheus')
    throw new Problem('INVALID_INPUT', `Source "${String(source)}" keeps no history: only prometheus does.`, {
      field: `${KEY}.source`,
    });
  const fields = { ...guardFields(draft), key: KEY };
  const parsed = parseDocument('guard', fields, KEY);
  if ('errors' in parsed) throw refusal(parsed.errors[0]);
  const guard = withMargin(parsed.value);
  const [fault] = guardErrors(guard);
  if (fault !== undefined) throw refusal({ ...fault, field: `${KEY}.${fault.field}` });
  return guard;
}

/** Who asks for a margin has none yet. */
function withMargin(guard: Guard): Guard {
  const { kind, margin, threshold, mean } = guard;
  if (margin !== null) return guard;
  if (kind === 'drop' || (kind === 'mean' && mean?.worse === 'lower')) return { ...guard, margin: 0.8 };
  if (kind === 'latency' || kind === 'mean' || (kind === 'ratio' && threshold === null))
    return { ...guard, margin: 1.2 };
  return guard;
}

function refusal(fault: UserError | undefined): Problem {
  return new Problem(fault?.code ?? 'INVALID_INPUT', fault?.message ?? 'This is no guard.', {
    field: fault?.field ?? KEY,
  });
}
