import type { Issuer } from './issuer.js';
import type { KubernetesObject } from './kubernetes-object.js';
import { namespace, serviceHost } from './shop-objects.js';

/** The two versions as subsets. */
export function subsets(): KubernetesObject {
  const versions = ['v1', 'v2'];
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'by-hand', namespace },
    spec: { host: serviceHost, subsets: versions.map((name) => ({ name, labels: { version: name } })) },
  };
}

/** A VirtualService with these rules, bound to gateways or to `mesh`. */
export function routes(name: string, hosts: string[], gateways: string[], http: unknown[]): KubernetesObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace },
    spec: { hosts, gateways, http },
  };
}

/** Employees of an issuer to v2 by claim, everybody else by bucket. */
export function gatewayRules(issuer: Issuer): unknown[] {
  const claims = {
    '@request.auth.claims.groups': { exact: 'employees' },
    '@request.auth.claims.iss': { exact: issuer.issuer },
  };
  return [{ match: [{ headers: claims }], route: [to('v2')] }, ...bucketRules()];
}

/** Buckets below 1500 to v2, any other valid bucket to v1, and by weight without one. */
export function bucketRules(): unknown[] {
  const weights = [
    { ...to('v2'), weight: 15 },
    { ...to('v1'), weight: 85 },
  ];
  return [
    { match: [bucketMatch('0[0-9]{3}|1[0-4][0-9]{2}')], route: [to('v2')] },
    { match: [bucketMatch('[0-9]{4}')], route: [to('v1')] },
    { route: weights },
  ];
}

function bucketMatch(range: string): unknown {
  return { headers: { 'x-tg-b': { regex: `(?:.*,)?checkout=(?:${range})(?:,.*)?` } } };
}

/** A destination: one version of the service. */
export function to(subset: string): { destination: unknown } {
  return { destination: { host: serviceHost, subset, port: { number: 80 } } };
}
