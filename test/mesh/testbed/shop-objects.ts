import { fileURLToPath } from 'node:url';
import type { Issuer } from './issuer.js';
import type { KubernetesObject } from './kubernetes-object.js';

export const namespace = 'shop';
export const serviceName = 'checkout';
export const serviceHost = `${serviceName}.${namespace}.svc.cluster.local`;
/** The name under which the outside world reaches the service. */
export const publicHost = 'checkout.example.com';
export const gatewayPort = 18080;
/** How a VirtualService in any namespace names the gateway. */
export const gatewayName = `${namespace}/public`;

const appPort = 8080;
const app = fileURLToPath(new URL('app.mjs', import.meta.url));
const gatewayLabels = { istio: 'ingressgateway' };

export interface VersionSpec {
  version: string;
  replicas: number;
  faultFile: string;
  /** Labels and annotations of the pods, besides `app` and `version`. */
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export function namespaceObject(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** The Service of all versions. */
export function service(): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: serviceName, namespace },
    spec: {
      selector: { app: serviceName },
      ports: [{ name: 'http', port: 80, targetPort: appPort, protocol: 'TCP' }],
    },
  };
}

/** One version of the service. */
export function deployment({
  version,
  replicas,
  faultFile,
  labels,
  annotations,
}: VersionSpec): KubernetesObject {
  const selected = { app: serviceName, version };
  const env = { PORT: String(appPort), VERSION: version, FAULT_FILE: faultFile };
  const container = {
    name: 'app',
    image: 'testbed/app',
    command: [process.execPath, app],
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    ports: [{ containerPort: appPort, protocol: 'TCP' }],
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `${serviceName}-${version}`, namespace, labels: selected },
    spec: {
      replicas,
      selector: { matchLabels: selected },
      template: {
        metadata: { labels: { ...labels, ...selected }, annotations },
        spec: { containers: [container] },
      },
    },
  };
}

/** The Istio gateway through which the outside world comes in. */
export function gateway(): KubernetesObject {
  const port = { number: gatewayPort, name: 'http', protocol: 'HTTP' };
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'public', namespace },
    spec: { selector: gatewayLabels, servers: [{ port, hosts: ['*'] }] },
  };
}

/** Makes the gateway check tokens of these issuers; requests without a token pass. */
export function requestAuthentication(issuers: Issuer[]): KubernetesObject {
  return {
    apiVersion: 'security.istio.io/v1',
    kind: 'RequestAuthentication',
    metadata: { name: 'gateway', namespace: 'istio-system' },
    spec: {
      selector: { matchLabels: gatewayLabels },
      jwtRules: issuers.map(({ jwtRule }) => jwtRule),
    },
  };
}
