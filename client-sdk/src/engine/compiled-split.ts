import { keyReader } from './attribute.js';
import type { KeyReader } from './attribute.js';
import { bucketAfter, firstHashOf, saltState } from './bucket.js';
import type { AttributePath, EvaluationContext } from './context.js';
import type { Decide } from './decision.js';
import { hashAfter } from './murmur3.js';
import type { HashState } from './murmur3.js';

/** What a split hashes: the key at `bucketBy`, after `salt`, into `total` buckets. */
export interface Bucketing {
  readonly bucketBy: AttributePath;
  readonly salt: string;
  readonly total: number;
}

/** A bucketing with its salt already hashed. */
export class Bucketer {
  readonly keyOf: KeyReader;
  readonly prefix: HashState;
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
  readonly resolve: Decide<T>;
  private readonly last: T;
  /** Exclusive upper limits of all ranges but the last. */
  private readonly limits: readonly number[];

  /** `otherwise` is the outcome without a usable key. Throws without arms. */
  constructor(
    readonly bucketer: Bucketer,
    readonly arms: readonly CompiledArm<T>[],
    readonly otherwise: T,
  ) {
    const last = arms.at(-1);
    if (last === undefined) throw new TypeError('a split needs at least one arm');
    this.last = last.outcome;
    let sum = 0;
    this.limits = arms.slice(0, -1).map((arm) => (sum += arm.weight));
    this.resolve = this.resolver();
  }

  /** The outcome of a bucket as `Bucketer` gives it: -1 gets `otherwise`. */
  pick(bucket: number): T {
    if (bucket < 0) return this.otherwise;
    for (let index = 0; index < this.limits.length; index++) {
      if (bucket < (this.limits[index] as number)) return (this.arms[index] as CompiledArm<T>).outcome;
    }
    return this.last;
  }

  /** `pick` of the context's bucket; of two arms, by the hash itself against where the second arm begins. */
  private resolver(): Decide<T> {
    const { bucketer, arms, last, otherwise } = this;
    const [first] = arms;
    if (first === undefined || arms.length !== 2) return (context) => this.pick(bucketer.bucketOf(context));
    const { keyOf, prefix } = bucketer;
    const { outcome } = first;
    const limit = firstHashOf(first.weight, bucketer.bucketing.total);
    return (context) => {
      const key = keyOf(context);
      if (key === null) return otherwise;
      return hashAfter(prefix, key) >>> 0 < limit ? outcome : last;
    };
  }
}
