import { keyReader } from './attribute.js';
import { bucketAfter, saltState } from './bucket.js';
import type { AttributePath, EvaluationContext } from './context.js';
import type { HashState } from './murmur3.js';

/** What a split hashes: the key at `bucketBy`, after `salt`, into `total` buckets. */
export interface Bucketing {
  readonly bucketBy: AttributePath;
  readonly salt: string;
  readonly total: number;
}

/** A bucketing with its salt already hashed. */
export class Bucketer {
  readonly keyOf: (context: EvaluationContext) => string | null;
  private readonly prefix: HashState;
  private readonly total: number;

  constructor(readonly bucketing: Bucketing) {
    this.keyOf = keyReader(bucketing.bucketBy);
    this.prefix = saltState(bucketing.salt);
    this.total = bucketing.total;
  }

  /** The context's bucket, an integer in [0, total), or -1 without a usable key. */
  bucketOf(context: EvaluationContext): number {
    const key = this.keyOf(context);
    return key === null ? -1 : bucketAfter(this.prefix, key, this.total);
  }
}

/** One outcome and its share of the buckets. */
export interface CompiledArm<T> {
  readonly name: string;
  readonly weight: number;
  readonly outcome: T;
}

/** Weighted outcomes over consecutive bucket ranges. Buckets past the last range belong to the last arm. */
export class CompiledSplit<T> {
  private readonly limits: readonly number[];
  private readonly outcomes: readonly T[];
  private readonly last: T;

  /** `otherwise` is the outcome without a usable key. Throws without arms. */
  constructor(
    readonly bucketer: Bucketer,
    readonly arms: readonly CompiledArm<T>[],
    readonly otherwise: T,
  ) {
    const last = arms.at(-1);
    if (last === undefined) throw new TypeError('a split needs at least one arm');
    this.last = last.outcome;
    this.outcomes = arms.map((arm) => arm.outcome);
    let sum = 0;
    this.limits = arms.slice(0, -1).map((arm) => (sum += arm.weight));
  }

  /** The outcome of a bucket as `Bucketer` gives it: -1 gets `otherwise`. */
  pick(bucket: number): T {
    if (bucket < 0) return this.otherwise;
    for (let index = 0; index < this.limits.length; index++) {
      if (bucket < (this.limits[index] as number)) return this.outcomes[index] as T;
    }
    return this.last;
  }

  resolve(context: EvaluationContext): T {
    return this.pick(this.bucketer.bucketOf(context));
  }
}
