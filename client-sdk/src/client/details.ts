import type { EvaluationErrorCode, Json, Reason, Resolution } from '../engine/index.js';

/** The outcome of one evaluation, default included. */
export interface Details<T = Json> {
  readonly value: T;
  /** Null where the default was used. */
  readonly variant: string | null;
  readonly reason: Reason;
  /** Id of the rule that decided, null where none did. */
  readonly rule: string | null;
  readonly errorCode?: EvaluationErrorCode;
  readonly errorMessage?: string;
}

/** What every evaluation answers before the first snapshot. */
export const NOT_READY: Resolution = Object.freeze({
  value: undefined,
  variant: null,
  reason: 'ERROR',
  rule: null,
  errorCode: 'PROVIDER_NOT_READY',
  errorMessage: 'The first snapshot has not come yet; await ready().',
  slot: 0,
});

/** Kinds of value that can be asked for. A whole number is both an integer and a number. */
export type ValueKind = 'boolean' | 'string' | 'integer' | 'number' | 'object';

export function isOfKind(value: Json | undefined, kind: ValueKind): boolean {
  // Each spelt out: a typeof that is compared to a constant is one check of the value.
  switch (kind) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number';
    case 'integer':
      return Number.isSafeInteger(value);
    case 'object':
      return typeof value === 'object' && value !== null;
  }
}

/** The kind that a default asks for; undefined = any. */
export function kindOf(value: unknown): ValueKind | undefined {
  if (value === null) return undefined;
  const kind = typeof value;
  return kind === 'boolean' || kind === 'string' || kind === 'number' || kind === 'object' ? kind : undefined;
}

/** `resolution` with the default in place of its missing value. */
export function withDefault<T>(resolution: Resolution, value: T): Details<T> {
  const { variant, reason, rule, errorCode, errorMessage } = resolution;
  return { value, variant, reason, rule, errorCode, errorMessage };
}

/** The default, because the flag's value is of another type. */
export function mismatch<T>(key: string, kind: ValueKind, value: T): Details<T> {
  const errorMessage = `The value of flag ${key} is not of type ${kind}.`;
  return { value, variant: null, reason: 'ERROR', rule: null, errorCode: 'TYPE_MISMATCH', errorMessage };
}
