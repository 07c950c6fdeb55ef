import type { GuardSubject } from '../../../domain/guard/guard-subject.js';
import { serviceName, versionLabel } from '../../../domain/guard/pushed-query.js';
import type { Guard, GuardQuery } from '../../../domain/guard.js';
import type { GuardKind } from '../../../domain/guard-kind.js';

/** The selectors and arms of a guard, by its kind: its own query, or its template for the route; null where it has neither. */
export function selectorsOf({ guard, arms, route }: GuardSubject): GuardQuery | null {
  if (guard.query !== null) return guard.query;
  if (guard.template === null || route === null) return null;
  return TEMPLATES[guard.template](route, arms, guard.kind);
}

type Route = NonNullable<GuardSubject['route']>;
type Arms = GuardSubject['arms'];

type Template = (route: Route, arms: Arms, kind: GuardKind) => GuardQuery;

const TEMPLATES: { readonly [name in NonNullable<Guard['template']>]: Template } = {
  envoy,
  istio,
  linkerd,
  nginxGateway,
  httpServer,
};

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
function istio(route: Route, arms: Arms, kind: GuardKind): GuardQuery {
  const ours = `destination_service=${quoted(route.service)}`;
  const arm = armsBy('destination_version', arms, (version) => versionLabel(route, version));
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

/**
 * Linkerd's proxies (linkerd/linkerd2, doc/proxy-metrics.md). Failures as the callers' proxies see them, which tell Deployments
 * apart: one of each version, named `<service>-<version label>`. Times as the servers' proxies take them, which carry the labels
 * of their pods.
 */
function linkerd(route: Route, arms: Arms, kind: GuardKind): GuardQuery {
  const [service, namespace] = namesOf(route);
  const servers = `direction="inbound",namespace=${quoted(namespace)},app=${quoted(service)}`;
  const timed = timesOf('response_latency_ms', servers, kind);
  if (timed !== null)
    return { ...timed, arm: armsBy('version', arms, (version) => versionLabel(route, version)) };
  const clients = `direction="outbound",dst_namespace=${quoted(namespace)},dst_service=${quoted(service)}`;
  return {
    bad: `response_total{${clients},classification="failure"}`,
    total: `response_total{${clients}}`,
    arm: armsBy('dst_deployment', arms, (version) => `${service}-${versionLabel(route, version)}`),
  };
}

/**
 * NGINX Gateway Fabric with NGINX Plus, as its agent tells peers of upstreams. It splits between Services, one of each version,
 * named `<service>-<version label>`; upstreams are named `<namespace>_<service>_<port>`.
 */
function nginxGateway(route: Route, arms: Arms): GuardQuery {
  const [service, namespace] = namesOf(route);
  const ours = `nginx_upstream_name=~${quoted(`${literal(`${namespace}_${service}-`)}.+_${route.port}`)}`;
  return {
    bad: `nginx_http_upstream_peer_responses_total{${ours},nginx_status_range="5xx"}`,
    total: `nginx_http_upstream_peer_responses_total{${ours}}`,
    arm: armsBy('nginx_upstream_name', arms, (version) => {
      return `${namespace}_${service}-${versionLabel(route, version)}_${route.port}`;
    }),
  };
}

/** OpenTelemetry's conventions for HTTP servers, with `service.name` and `service.version` promoted to labels. */
function httpServer(route: Route, arms: Arms, kind: GuardKind): GuardQuery {
  const ours = `service_name=${quoted(serviceName(route))}`;
  const arm = armsBy('service_version', arms, (version) => versionLabel(route, version));
  const timed = timesOf('http_server_request_duration_seconds', ours, kind);
  if (timed !== null) return { ...timed, arm };
  return {
    bad: `http_server_request_duration_seconds_count{${ours},http_response_status_code=~"5.."}`,
    total: `http_server_request_duration_seconds_count{${ours}}`,
    arm,
  };
}

function armsBy(label: string, arms: Arms, value: (version: string) => string): GuardQuery['arm'] {
  return { label, new: value(arms.new), control: value(arms.control) };
}

/** Name and namespace of the Service behind a route. */
function namesOf({ service }: Route): readonly [string, string] {
  const [name = service, namespace = 'default'] = service.split('.');
  return [name, namespace];
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
