import type { GuardSubject } from '../../../domain/guard/guard-subject.js';
import { serviceName, versionLabel } from '../../../domain/guard/pushed-query.js';
import type { Guard, GuardQuery } from '../../../domain/guard.js';
import type { GuardKind } from '../../../domain/guard-kind.js';
import type { LabelMatcher } from '../../../domain/metric-selector.js';
import { type OwnLabel, selectorsFor, type TemplateQuery } from './template-query.js';

/** The selectors and arms of a guard, by its kind: its own query, or its template for the route; null where it has neither. */
export function selectorsOf(subject: GuardSubject): GuardQuery | null {
  if (subject.guard.query !== null) return subject.guard.query;
  const template = templateOf(subject);
  return template && selectorsFor(template);
}

/** What a guard reads by its template for the route; null where it has no template, or a query of its own, or no route. */
export function templateOf({ guard, arms, route }: GuardSubject): TemplateQuery | null {
  if (guard.query !== null || guard.template === null || route === null) return null;
  return TEMPLATES[guard.template](route, arms, guard.kind);
}

type Route = NonNullable<GuardSubject['route']>;
type Arms = GuardSubject['arms'];

type Template = (route: Route, arms: Arms, kind: GuardKind) => TemplateQuery;

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
function envoy(route: Route, arms: Arms, kind: GuardKind): TemplateQuery {
  const { service, port } = route;
  const cluster = (version: string): string => `outbound|${port}|tg-${version}|${service}`;
  const form = formOf(kind);
  return {
    form,
    metric: form === 'bad' ? 'envoy_cluster_upstream_rq' : 'envoy_cluster_upstream_rq_time',
    shared: form === 'bad' ? [like('response_code_class', '.+')] : [],
    own: [versionsBy('cluster_name', route, arms, cluster)],
    failed: is('response_code_class', '5xx'),
    arm: { label: 'cluster_name', new: cluster(arms.new), control: cluster(arms.control) },
  };
}

/** Failures as clients see them: a server that is gone reports none. Times as the server takes them, without the way there. */
function istio(route: Route, arms: Arms, kind: GuardKind): TemplateQuery {
  const form = formOf(kind);
  return {
    form,
    metric: form === 'bad' ? 'istio_requests_total' : 'istio_request_duration_milliseconds',
    shared: [like('reporter', form === 'bad' ? 'source|waypoint' : 'destination|waypoint')],
    own: [only('destination_service', route.service)],
    failed: like('response_code', '5..'),
    arm: armsBy('destination_version', arms, (version) => versionLabel(route, version)),
  };
}

/**
 * Linkerd's proxies (linkerd/linkerd2, doc/proxy-metrics.md). Failures as the callers' proxies see them, which tell Deployments
 * apart: one of each version, named `<service>-<version label>`. Times as the servers' proxies take them, which carry the labels
 * of their pods.
 */
function linkerd(route: Route, arms: Arms, kind: GuardKind): TemplateQuery {
  const [service, namespace] = namesOf(route);
  const form = formOf(kind);
  const failed = is('classification', 'failure');
  if (form !== 'bad')
    return {
      form,
      metric: 'response_latency_ms',
      shared: [is('direction', 'inbound')],
      own: [only('app', service), only('namespace', namespace)],
      failed,
      arm: armsBy('version', arms, (version) => versionLabel(route, version)),
    };
  return {
    form,
    metric: 'response_total',
    shared: [is('direction', 'outbound')],
    own: [only('dst_service', service), only('dst_namespace', namespace)],
    failed,
    arm: armsBy('dst_deployment', arms, (version) => `${service}-${versionLabel(route, version)}`),
  };
}

/**
 * NGINX Gateway Fabric with NGINX Plus, as its agent tells peers of upstreams. It splits between Services, one of each version,
 * named `<service>-<version label>`; upstreams are named `<namespace>_<service>_<port>`.
 */
function nginxGateway(route: Route, arms: Arms): TemplateQuery {
  const [service, namespace] = namesOf(route);
  const upstream = (version: string): string =>
    `${namespace}_${service}-${versionLabel(route, version)}_${route.port}`;
  return {
    form: 'bad',
    metric: 'nginx_http_upstream_peer_responses_total',
    shared: [],
    own: [versionsBy('nginx_upstream_name', route, arms, upstream)],
    failed: is('nginx_status_range', '5xx'),
    arm: armsBy('nginx_upstream_name', arms, upstream),
  };
}

/** OpenTelemetry's conventions for HTTP servers, with `service.name` and `service.version` promoted to labels. */
function httpServer(route: Route, arms: Arms, kind: GuardKind): TemplateQuery {
  const form = formOf(kind);
  const histogram = 'http_server_request_duration_seconds';
  return {
    form,
    metric: form === 'bad' ? `${histogram}_count` : histogram,
    shared: [],
    own: [only('service_name', serviceName(route))],
    failed: like('http_response_status_code', '5..'),
    arm: armsBy('service_version', arms, (version) => versionLabel(route, version)),
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

/** What a kind reads: times of requests, which are a histogram, or failures. */
function formOf(kind: GuardKind): TemplateQuery['form'] {
  if (kind === 'latency') return 'buckets';
  return kind === 'mean' ? 'sum' : 'bad';
}

/** All versions of the route, not only the arms: that one of them is scraped tells since when the others could be. */
function versionsBy(
  label: string,
  { versions = {} }: Route,
  arms: Arms,
  value: (version: string) => string,
): OwnLabel {
  const names = new Set([...Object.keys(versions), arms.new, arms.control].map(value));
  return { label, values: [...names].sort() };
}

function only(label: string, value: string): OwnLabel {
  return { label, values: [value] };
}

function is(label: string, value: string): LabelMatcher {
  return { label, operator: '=', value };
}

function like(label: string, value: string): LabelMatcher {
  return { label, operator: '=~', value };
}
