import type { GuardSubject } from '../../../domain/guard/guard-subject.js';
import type { GuardQuery } from '../../../domain/guard.js';

/** What is read for a guard that counts bad events among all, and the label that tells its arms apart. */
export interface CountSelectors {
  readonly bad: string;
  readonly total: string;
  readonly arm: GuardQuery['arm'];
}

/** The selectors and arms of a guard: its own query, or its template for the route; null where it has neither. */
export function selectorsOf({ guard, arms, route }: GuardSubject): CountSelectors | null {
  if (guard.query !== null) return queried(guard.query);
  if (guard.template === null || route === null) return null;
  return guard.template === 'envoy' ? envoy(route, arms) : istio(route, arms);
}

function queried({ bad, total, arm }: GuardQuery): CountSelectors | null {
  return bad === undefined || total === undefined ? null : { bad, total, arm };
}

type Route = NonNullable<GuardSubject['route']>;
type Arms = GuardSubject['arms'];

/**
 * Upstream clusters as a client-side Envoy under Istio names and tags them. Responses are counted by class and by code
 * under one metric name; only the classes are read, or each would count twice.
 */
function envoy({ service, port }: Route, arms: Arms): CountSelectors {
  const cluster = (version: string): string => `outbound|${port}|tg-${version}|${service}`;
  const ours = `cluster_name=~${quoted(`outbound\\|${port}\\|tg-.+\\|${literal(service)}`)}`;
  return {
    bad: `envoy_cluster_upstream_rq{response_code_class="5xx",${ours}}`,
    total: `envoy_cluster_upstream_rq{response_code_class=~".+",${ours}}`,
    arm: { label: 'cluster_name', new: cluster(arms.new), control: cluster(arms.control) },
  };
}

/** As clients see it: a server that is gone reports no failures. */
function istio({ service, versions }: Route, arms: Arms): CountSelectors {
  const ours = `reporter=~"source|waypoint",destination_service=${quoted(service)}`;
  const label = (version: string): string => versions?.[version]?.['version'] ?? version;
  return {
    bad: `istio_requests_total{${ours},response_code=~"5.."}`,
    total: `istio_requests_total{${ours}}`,
    arm: { label: 'destination_version', new: label(arms.new), control: label(arms.control) },
  };
}

/** PromQL's double-quoted strings have the escapes of JSON's. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}
