import { keyReader } from './attribute.js';
import { compileCondition } from './compiled-condition.js';
import type { Audience, CompiledCondition, SegmentLookup } from './compiled-condition.js';
import type { EvaluationContext } from './context.js';
import type { Segment } from './segment.js';

const targetingKeyOf = keyReader(['targetingKey']);

/** A segment as closures and sets, shared by all flags and routes that name it. */
export class CompiledSegment implements Audience {
  readonly rules: readonly CompiledCondition[];
  private readonly included: ReadonlySet<string>;
  private readonly excluded: ReadonlySet<string>;
  private readonly hasKeys: boolean;

  constructor(
    readonly document: Segment,
    segmentOf: SegmentLookup,
  ) {
    this.rules = document.rules.map((rule) => compileCondition(rule, segmentOf));
    this.included = new Set(document.included);
    this.excluded = new Set(document.excluded);
    this.hasKeys = this.included.size + this.excluded.size > 0;
  }

  hasMember(context: EvaluationContext): boolean {
    const listed = this.hasKeys ? this.listing(context) : null;
    return listed === null ? this.matchesRule(context) : listed === 'included';
  }

  listing(context: EvaluationContext): 'included' | 'excluded' | null {
    const key = targetingKeyOf(context);
    if (key === null) return null;
    if (this.included.has(key)) return 'included';
    return this.excluded.has(key) ? 'excluded' : null;
  }

  private matchesRule(context: EvaluationContext): boolean {
    for (let index = 0; index < this.rules.length; index++) {
      if ((this.rules[index] as CompiledCondition).test(context)) return true;
    }
    return false;
  }
}
