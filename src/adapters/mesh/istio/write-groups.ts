import { isDelegate } from '../istio-objects/delegates.js';
import { rulesOf } from '../istio-objects/roots.js';
import type { Step } from './write-order.js';

/** Steps that may be done at one moment, group by group in their order; each step that waits is a group of its own. */
export function inGroups(steps: readonly Step[]): readonly (readonly Step[])[] {
  const groups: Step[][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    const joins = isIndependent(step) && last?.every(isIndependent) === true;
    if (joins) last.push(step);
    else groups.push([step]);
  }
  return groups;
}

/** Whether it writes a VirtualService that names no other, and is named by none. */
function isIndependent(step: Step): boolean {
  if (step.act !== 'apply') return false;
  const { object } = step;
  if (object.kind !== 'VirtualService' || isDelegate(object)) return false;
  return rulesOf(object).every(({ delegate }) => delegate === undefined);
}
