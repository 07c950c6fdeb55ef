import type { GuardQuery } from '../guard.js';
import type { GuardSubject } from './guard-subject.js';

type Route = NonNullable<GuardSubject['route']>;

/** What is read of pushed metrics for a guard: selectors, as far as its kind has them, and the label that tells its arms apart. */
export interface PushedQuery {
  readonly bad?: string | undefined;
  readonly total?: string | undefined;
  readonly sum?: string | undefined;
  readonly buckets?: string | undefined;
  readonly arm: GuardQuery['arm'];
}

/**
 * A guard's own query, or OpenTelemetry's HTTP server conventions for its route; null where it has neither. A service is
 * named after the first part of the route's host, and an arm after the `version` label of its pods, as `service.version`.
 */
export function pushedQueryOf({ guard, arms, route }: GuardSubject): PushedQuery | null {
  if (guard.query !== null) return guard.query;
  if (guard.template !== 'httpServer' || route === null) return null;
  const ours = `"http.server.request.duration","service.name"=${JSON.stringify(serviceName(route))}`;
  const all = `{${ours}}`;
  return {
    bad: `{${ours},"http.response.status_code"=~"5.."}`,
    total: all,
    sum: all,
    buckets: all,
    arm: {
      label: 'service.version',
      new: versionLabel(route, arms.new),
      control: versionLabel(route, arms.control),
    },
  };
}

/** What OpenTelemetry calls the service behind a route: the first part of its host. */
export function serviceName({ service }: Route): string {
  return service.split('.')[0] ?? service;
}

/** What the pods of a version call it: their `version` label, or its name. */
export function versionLabel({ versions }: Route, version: string): string {
  return versions?.[version]?.['version'] ?? version;
}
