import { hasSameSpec } from '../../istio-objects/same-content.js';
import type { Step } from '../write-order.js';

/** Whether the proxies hear of this step, and of none between it and the next wait. */
export function isLastToTell(steps: readonly Step[], index: number): boolean {
  const rest = steps.slice(index);
  const wait = rest.findIndex(({ act }) => act === 'settle');
  const [first, ...later] = wait < 0 ? rest : rest.slice(0, wait);
  return first !== undefined && isNews(first) && !later.some(isNews);
}

/** istiod pushes nothing for an object of which only the revision has changed. */
function isNews(step: Step): boolean {
  if (step.act === 'settle') return false;
  return step.act === 'delete' || step.standing === null || !hasSameSpec(step.standing, step.object);
}

export function kindOf(step: Exclude<Step, { act: 'settle' }>): 'subsets' | 'routes' {
  const { kind } = step.act === 'apply' ? step.object : step.standing;
  return kind === 'DestinationRule' ? 'subsets' : 'routes';
}
