import type { Json } from './json.js';

/** Why a value was served; the names are OpenFeature's. */
export type Reason = 'STATIC' | 'DEFAULT' | 'TARGETING_MATCH' | 'SPLIT' | 'DISABLED' | 'STALE' | 'ERROR';

/** What went wrong in an evaluation; a closed set, the names are OpenFeature's. */
export type EvaluationErrorCode =
  | 'PROVIDER_NOT_READY'
  | 'FLAG_NOT_FOUND'
  | 'PARSE_ERROR'
  | 'TYPE_MISMATCH'
  | 'TARGETING_KEY_MISSING'
  | 'INVALID_CONTEXT'
  | 'GENERAL';

/**
 * The outcome of one flag evaluation. Frozen and shared: one object per (rule, variant), so an evaluation allocates
 * nothing. `value` is undefined where the flag has no value to give and the caller's default applies. `rule` is the id
 * of the deciding rule, null where no rule decided. `slot` numbers the object within its flag, without gaps; `serial`
 * among all that the engines of this process have made.
 */
export interface Resolution {
  readonly value: Json | undefined;
  readonly variant: string | null;
  readonly reason: Reason;
  readonly rule: string | null;
  readonly errorCode?: EvaluationErrorCode;
  readonly errorMessage?: string;
  readonly slot: number;
  /** Absent in a resolution that no engine made. */
  readonly serial?: number;
}

/** The outcome of one route evaluation: the version that a request with a valid bucket reaches. */
export interface RouteResolution {
  readonly version: string;
  readonly reason: Reason;
  readonly rule: string | null;
}
