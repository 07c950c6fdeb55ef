import { readTargetingKey } from './attribute.js';
import { compileCondition, nobody, testAny } from './compiled-condition.js';
import type { Audience, CompiledCondition, SegmentLookup, Test } from './compiled-condition.js';
import type { EvaluationContext } from './context.js';
import type { Segment } from './segment.js';

type Listing = 'included' | 'excluded';

/** A segment as closures and one map, shared by all flags and routes that name it. */
export class CompiledSegment implements Audience {
  readonly rules: readonly CompiledCondition[];
  readonly hasMember: Test;
  private readonly listings: ReadonlyMap<unknown, Listing>;

  constructor(
    readonly document: Segment,
    segmentOf: SegmentLookup,
  ) {
    this.rules = document.rules.map((rule) => compileCondition(rule, segmentOf));
    this.listings = listingsOf(document);
    this.hasMember = memberTest(this.listings, testAny(this.rules.map(({ test }) => test)));
  }

  listing(context: EvaluationContext): Listing | null {
    const key = readTargetingKey(context);
    return key === null ? null : (this.listings.get(key) ?? null);
  }
}

/** Included wins over excluded. An empty key is no key, also where it is listed. */
function listingsOf({ included, excluded }: Segment): ReadonlyMap<string, Listing> {
  const listings = new Map<string, Listing>();
  for (const key of excluded) listings.set(key, 'excluded');
  for (const key of included) listings.set(key, 'included');
  listings.delete('');
  return listings;
}

/** Looks the key up first: only of one that is listed it matters whether the context owns it. */
function memberTest(listings: ReadonlyMap<unknown, Listing>, matchesRule: Test): Test {
  if (listings.size === 0) return matchesRule;
  const included: ReadonlySet<unknown> = new Set(
    [...listings.keys()].filter((key) => listings.get(key) === 'included'),
  );
  if (matchesRule === nobody) return (context) => ownsListedKey(included, context);
  const excluded: ReadonlySet<unknown> = new Set([...listings.keys()].filter((key) => !included.has(key)));
  return (context) => {
    if (ownsListedKey(included, context)) return true;
    return !ownsListedKey(excluded, context) && matchesRule(context);
  };
}

function ownsListedKey(keys: ReadonlySet<unknown>, context: EvaluationContext): boolean {
  try {
    return keys.has(context.targetingKey) && Object.hasOwn(context, 'targetingKey');
  } catch {
    return false;
  }
}
