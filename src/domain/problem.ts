import type { ErrorCode } from './error-code.js';

/** What a caller can mend: the field (dotted path into the input), what is wrong and what to do, and a stable code. */
export interface UserError {
  readonly field: string;
  readonly message: string;
  readonly code: ErrorCode;
}

/** What a caller should know though the write goes through. The codes are closed as well. */
export interface Warning {
  readonly field: string;
  readonly message: string;
  readonly code: WarningCode;
}

export const WARNING_CODES = [
  'ARMS_MAY_DIFFER',
  'ARMS_NOT_COMPARABLE',
  'UNGUARDED_STEP',
  'NEVER_EARLY',
  'STEP_TOO_SHORT',
  'NEVER_TRIPS',
  'HARDLY_TRIPS',
  'TRIPS_EASILY',
  'NO_SERIES',
  'SOURCE_NOT_SET_UP',
  'DISABLE_HITS_CONTROL',
  'START_MOVES_EVERYBODY',
  'NOT_READY',
] as const;
export type WarningCode = (typeof WARNING_CODES)[number];

/**
 * A failure with a stable code. `errors` lists what the caller can mend; `current` is the document (with revision) that
 * won, where the code is STALE_REVISION.
 */
export class Problem extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly errors: readonly UserError[];
  readonly current: unknown;

  constructor(
    code: ErrorCode,
    message: string,
    options: { field?: string; errors?: readonly UserError[]; current?: unknown; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Problem';
    this.code = code;
    this.field = options.field;
    this.errors = options.errors ?? [{ field: options.field ?? '', message, code }];
    this.current = options.current;
  }
}
