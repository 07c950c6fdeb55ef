import type { Flag } from './flag.js';
import type { Json } from './json.js';
import type { EvaluationErrorCode, Reason, Resolution } from './resolution.js';

/** Freezes a JSON value in place, with all that it holds. */
function freezeDeep(value: Json): Json {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const child of Object.values(value)) freezeDeep(child);
  return value;
}

let serials = 0;

/** The one place that makes resolutions, so that all are of one shape. Serials start again after 2^30. */
function freeze(fields: Omit<Resolution, 'serial'>): Resolution {
  const { value, variant, reason, rule, errorCode, errorMessage, slot } = fields;
  serials = (serials + 1) & 0x3fff_ffff;
  // What every evaluation reads stands first, in one cache line.
  return Object.freeze({ serial: serials, value, variant, reason, rule, errorCode, errorMessage, slot });
}

/** A frozen resolution without a value. */
export function failure(
  errorCode: EvaluationErrorCode,
  errorMessage: string,
  slot = 0,
  rule: string | null = null,
): Resolution {
  return freeze({ value: undefined, variant: null, reason: 'ERROR', rule, errorCode, errorMessage, slot });
}

/** All resolutions one flag can give, each made once. */
export class ResolutionTable {
  private readonly bySignature = new Map<string, Resolution>();

  constructor(private readonly flag: Pick<Flag, 'key' | 'variants'>) {}

  /** The resolution for a variant; null is "no value". A variant that the flag lacks is a GENERAL error. */
  of(rule: string | null, variant: string | null, reason: Reason): Resolution {
    return this.once([rule, variant, reason], (slot) => {
      if (variant !== null && !Object.hasOwn(this.flag.variants, variant)) {
        const missing = `Flag ${this.flag.key} has no variant ${JSON.stringify(variant)}.`;
        return failure('GENERAL', missing, slot, rule);
      }
      const value = variant === null ? undefined : freezeDeep(this.flag.variants[variant] ?? null);
      return freeze({ value, variant, reason, rule, slot });
    });
  }

  /** The resolution for a failure within one rule, or of the whole flag. */
  fail(rule: string | null, errorCode: EvaluationErrorCode, errorMessage: string): Resolution {
    return this.once([rule, errorCode], (slot) => failure(errorCode, errorMessage, slot, rule));
  }

  private once(signature: readonly (string | null)[], make: (slot: number) => Resolution): Resolution {
    const id = JSON.stringify(signature);
    const known = this.bySignature.get(id);
    if (known !== undefined) return known;
    const made = make(this.bySignature.size);
    this.bySignature.set(id, made);
    return made;
  }
}
