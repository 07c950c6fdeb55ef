import type { Commit } from './change.js';
import type { UserError, Warning } from './problem.js';

/** What a decision comes to: what to write, or why not. `commit` is null exactly when there are errors. */
export interface Plan {
  readonly errors: readonly UserError[];
  readonly warnings: readonly Warning[];
  readonly commit: Pick<
    Commit,
    'edits' | 'state' | 'event' | 'verdict' | 'expected' | 'unchanged' | 'asOf'
  > | null;
}

/** A plan that is refused. */
export function refuse(errors: readonly UserError[]): Plan {
  return { errors, warnings: [], commit: null };
}
