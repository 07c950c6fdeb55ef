import { readTargetingKey } from './attribute.js';
import { isCarried } from './carried-segments.js';
import { compileCondition, nobody, testAny } from './compiled-condition.js';
import type { Audience, CompiledCondition, SegmentLookup, Test } from './compiled-condition.js';
import type { EvaluationContext } from './context.js';
import { KeyListings, type Listing } from './key-listings.js';
import type { Segment } from './segment.js';

/** A segment as closures and one map, shared by all flags and routes that name it. */
export class CompiledSegment implements Audience {
  readonly rules: readonly CompiledCondition[];
  readonly hasMember: Test;
  private readonly listings: KeyListings;

  constructor(
    readonly document: Segment,
    segmentOf: SegmentLookup,
  ) {
    this.rules = document.rules.map((rule) => compileCondition(rule, segmentOf));
    this.listings = KeyListings.of(document);
    const { key } = document;
    const test = memberTest(this.listings, testAny(this.rules.map(({ test }) => test)));
    this.hasMember = (context) => test(context) || isCarried(context, key);
  }

  isCarried(context: EvaluationContext): boolean {
    return isCarried(context, this.document.key);
  }

  listing(context: EvaluationContext): Listing | null {
    const key = readTargetingKey(context);
    return key === null ? null : (this.listings.get(key) ?? null);
  }
}

/** Looks the key up first: only of one that is listed it matters whether the context owns it. */
function memberTest(keys: KeyListings, matchesRule: Test): Test {
  if (keys.isEmpty) return matchesRule;
  const { included, excluded } = keys.changed === null ? keys.base : keys.asSets();
  if (matchesRule === nobody) return (context) => ownsListedKey(included, context);
  return (context) => {
    if (ownsListedKey(included, context)) return true;
    return !ownsListedKey(excluded, context) && matchesRule(context);
  };
}

function ownsListedKey(keys: Pick<ReadonlySet<unknown>, 'has'>, context: EvaluationContext): boolean {
  try {
    return keys.has(context.targetingKey) && Object.hasOwn(context, 'targetingKey');
  } catch {
    return false;
  }
}
