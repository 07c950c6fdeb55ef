import type { EvaluationContext } from '../context.js';

/** Members of the segment; nobody, where there is no such segment. */
export function inSegment(
  audience: { hasMember(context: EvaluationContext): boolean } | undefined,
): (context: EvaluationContext) => boolean {
  if (audience === undefined) return () => false;
  return (context) => audience.hasMember(context);
}
