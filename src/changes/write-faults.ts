import type { UserError } from '../domain/problem.js';

const LONGEST_REASON = 2_000;
const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,200}$/;

interface Asked {
  readonly reason: string;
  readonly idempotencyKey?: string | null;
}

/** What is wrong with the fields that each write has, whatever it writes: INVALID_INPUT, TOO_LARGE. */
export function writeFaults({ reason, idempotencyKey }: Asked): UserError[] {
  const faults: UserError[] = [];
  if (reason.trim() === '')
    faults.push({ field: 'reason', message: 'Say why, for the history.', code: 'INVALID_INPUT' });
  if (reason.length > LONGEST_REASON)
    faults.push({ field: 'reason', message: `At most ${LONGEST_REASON} characters.`, code: 'TOO_LARGE' });
  if (/\p{Surrogate}/u.test(reason))
    faults.push({
      field: 'reason',
      message: 'It is not valid Unicode: it has half of a pair.',
      code: 'INVALID_INPUT',
    });
  if (idempotencyKey != null && !IDEMPOTENCY_KEY.test(idempotencyKey))
    faults.push({
      field: 'idempotencyKey',
      message: 'It is 1 to 200 printable ASCII characters.',
      code: 'INVALID_INPUT',
    });
  return faults;
}
