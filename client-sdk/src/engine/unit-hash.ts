import { keyReader } from './attribute.js';
import { saltState } from './bucket.js';
import type { EvaluationContext } from './context.js';
import { hashAfter } from './murmur3.js';
import type { FlagSplit } from './split.js';

/** The hash by which a subject is counted, in [0, 2^32), or -1 without a usable key. */
export type UnitHash = (context: EvaluationContext) => number;

/**
 * How a split's subjects are counted: a hash of the key that it assigns by, over a salt that is not the split's own, so that
 * it says nothing of the arm, and another for each split, so that subjects can't be followed from one to the next.
 */
export function unitHash({ bucketBy, salt }: Pick<FlagSplit, 'bucketBy' | 'salt'>, rule: string): UnitHash {
  const keyOf = keyReader(bucketBy);
  const prefix = saltState(`unit:${rule}:${salt}`);
  return (context) => {
    const key = keyOf(context);
    return key === null ? -1 : hashAfter(prefix, key) >>> 0;
  };
}
