import type { EvaluationContext } from '../context.js';

type Test = (context: EvaluationContext) => boolean;

const nobody: Test = () => false;

/** Members of the segment; nobody, where there is no such segment. */
export function inSegment(audience: { readonly hasMember: Test } | undefined): Test {
  return audience === undefined ? nobody : audience.hasMember;
}
