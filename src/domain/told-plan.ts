import type { ChangeEvent } from './change.js';
import type { Plan } from './plan.js';

/**
 * The plan, told by an event in the log. Where it carries one already (it ends a rollout), that one stays and takes the
 * other's evidence along. A plan that writes nothing tells nothing.
 */
export function withEvent(plan: Plan, event: ChangeEvent): Plan {
  const { commit } = plan;
  if (commit === null || commit.edits.length === 0) return plan;
  const told =
    commit.event === undefined
      ? event
      : { ...commit.event, evidence: { ...commit.event.evidence, ...event.evidence } };
  return { ...plan, commit: { ...commit, event: told } };
}
