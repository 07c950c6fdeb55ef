import type { EvaluationContext } from '../context.js';

/** Members of the segment; nobody, where there is no such segment. */
export function inSegment(
  segment: { hasMember(context: EvaluationContext): boolean } | undefined,
): (context: EvaluationContext) => boolean {
  if (segment === undefined) return () => false;
  return (context) => segment.hasMember(context);
}
