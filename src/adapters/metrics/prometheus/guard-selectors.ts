import type { GuardSubject } from '../../../domain/guard/guard-subject.js';
import type { GuardQuery } from '../../../domain/guard.js';
import type { GuardKind } from '../../../domain/guard-kind.js';

/** The selectors and arms of a guard, by its kind: its own query, or its template for the route; null where it has neither. */
export function selectorsOf({ guard, arms, route }: GuardSubject): GuardQuery | null {
  if (guard.query !== null) return guard.query;
  if (guard.template === null || route === null) return null;
  const read = guard.template === 'envoy' ? envoy : istio;
  return read(route, arms, guard.kind);
}

type Route = NonNullable<GuardSubject['route']>;
type Arms = GuardSubject['arms'];

/**
 * Upstream clusters as a client-side Envoy under Istio names and tags them. Responses are counted by class and by code
 * under one metric name; only the classes are read, or each would count twice.
 */
function envoy({ service, port }: Route, arms: Arms, kind: GuardKind): GuardQuery {
  const cluster = (version: string): string => `outbound|${port}|tg-${version}|${service}`;
  const ours = `cluster_name=~${quoted(`outbound\\|${port}\\|tg-.+\\|${literal(service)}`)}`;
  const arm = { label: 'cluster_name', new: cluster(arms.new), control: cluster(arms.control) };
  const timed = timesOf('envoy_cluster_upstream_rq_time', ours, kind);
  if (timed !== null) return { ...timed, arm };
  return {
    bad: `envoy_cluster_upstream_rq{response_code_class="5xx",${ours}}`,
    total: `envoy_cluster_upstream_rq{response_code_class=~".+",${ours}}`,
    arm,
  };
}

/** Failures as clients see them: a server that is gone reports none. Times as the server takes them, without the way there. */
function istio({ service, versions }: Route, arms: Arms, kind: GuardKind): GuardQuery {
  const ours = `destination_service=${quoted(service)}`;
  const label = (version: string): string => versions?.[version]?.['version'] ?? version;
  const arm = { label: 'destination_version', new: label(arms.new), control: label(arms.control) };
  const servers = `reporter=~"destination|waypoint",${ours}`;
  const timed = timesOf('istio_request_duration_milliseconds', servers, kind);
  if (timed !== null) return { ...timed, arm };
  const clients = `reporter=~"source|waypoint",${ours}`;
  return {
    bad: `istio_requests_total{${clients},response_code=~"5.."}`,
    total: `istio_requests_total{${clients}}`,
    arm,
  };
}

/** What a kind reads of the times of requests, which are a histogram; null where it reads failures. */
function timesOf(metric: string, matchers: string, kind: GuardKind): Omit<GuardQuery, 'arm'> | null {
  if (kind === 'latency') return { buckets: `${metric}_bucket{${matchers}}` };
  if (kind === 'mean') return { sum: `${metric}_sum{${matchers}}`, total: `${metric}_count{${matchers}}` };
  return null;
}

/** PromQL's double-quoted strings have the escapes of JSON's. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}
