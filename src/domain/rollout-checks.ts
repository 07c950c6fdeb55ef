import type { Documents } from './documents.js';
import { misfit } from './guard-checks.js';
import type { UserError } from './problem.js';
import { definitionErrors } from './rollout/definition.js';
import type { Rollout } from './rollout.js';
import { audienceFaults } from './route-checks.js';

/** What is wrong with a definition by itself, with its guards, and with its audiences where a gateway has to know them. */
export function rolloutErrors(documents: Documents, rollout: Rollout): UserError[] {
  return [
    ...definitionErrors(rollout),
    ...guardMisfits(documents, rollout),
    ...audienceErrors(documents, rollout),
  ];
}

function guardMisfits(documents: Documents, rollout: Rollout): UserError[] {
  return rollout.guards.flatMap((key, index) => {
    const guard = documents.value('guard', key);
    const found = guard === undefined ? null : misfit(guard, rollout);
    if (found === null) return [];
    return [{ field: `guards.${index}`, message: `The guard "${key}" ${found.reason}.`, code: found.code }];
  });
}

function audienceErrors(documents: Documents, rollout: Rollout): UserError[] {
  const moved = rollout.route === null ? undefined : documents.value('route', rollout.route.key);
  if (moved === undefined || moved.gateways.length === 0) return [];
  return audienceFaults(documents, rollout).map(({ step, fault }) => ({
    field: `steps.${step}.audience`,
    message: fault,
    code: 'NOT_EXPRESSIBLE',
  }));
}
