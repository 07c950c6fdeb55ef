import type { Route } from '@tidegate/sdk/engine';
import type { Documents } from './documents.js';
import { misfit } from './guard-checks.js';
import type { UserError } from './problem.js';
import { definitionErrors } from './rollout/definition.js';
import type { Rollout } from './rollout.js';
import { hasHost } from './rollout/preview.js';
import { sidesOf } from './rollout/sides.js';
import { isSameJson } from './same-json.js';
import { audienceFaults } from './route-checks.js';

/**
 * What is wrong with a definition by itself, with its guards, with its audiences where a gateway has to know them, and
 * with the routes that it moves together.
 */
export function rolloutErrors(documents: Documents, rollout: Rollout): UserError[] {
  return [
    ...definitionErrors(rollout),
    ...guardMisfits(documents, rollout),
    ...audienceErrors(documents, rollout),
    ...saltErrors(documents, rollout),
    ...previewErrors(documents, rollout),
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
  const moved = sidesOf(documents, rollout).routes;
  if (!moved.some(({ gateways }) => gateways.length > 0)) return [];
  return audienceFaults(documents, rollout, moved).map(({ step, kind, fault }) => ({
    field: `steps.${step}.${kind}`,
    message: fault,
    code: 'NOT_EXPRESSIBLE',
  }));
}

/** No request to a host that no route has at a gateway would come to any of them. */
function previewErrors(documents: Documents, rollout: Rollout): UserError[] {
  const { routes } = sidesOf(documents, rollout);
  return rollout.steps.flatMap((step, index) => {
    const hosts = 'preview' in step && 'hosts' in step.preview ? step.preview.hosts : [];
    const unknown = hosts.filter(
      (host) => routes.length > 0 && !routes.some((route) => hasHost(route, host)),
    );
    return unknown.map((host) => ({
      field: `steps.${index}.preview.hosts.${hosts.indexOf(host)}`,
      message: `No route of this rollout has the host ${host} at a gateway: add it there first.`,
      code: 'DANGLING_REFERENCE' as const,
    }));
  });
}

/** Another salt or bucketBy puts a user into another arm; writing it here would move the users of the route's other splits. */
function saltErrors(documents: Documents, rollout: Rollout): UserError[] {
  const [first, ...others] = sidesOf(documents, rollout).routes;
  if (first === undefined) return [];
  const hashes = ({ salt, bucketBy }: Route): string => `${bucketBy.join('.')} with salt "${salt}"`;
  return others
    .filter(({ salt, bucketBy }) => !isSameJson([salt, bucketBy], [first.salt, first.bucketBy]))
    .map((route) => ({
      field: `routes.${rollout.routes.findIndex(({ key }) => key === route.key)}.key`,
      message: `Route "${route.key}" hashes ${hashes(route)}, and route "${first.key}" ${hashes(first)}: give them one salt and bucketBy, or a user gets different arms.`,
      code: 'SALTS_DIFFER',
    }));
}
