import { generateKeyPairSync } from 'node:crypto';

export const NAMESPACES = Array.from({ length: 10 }, (_, index) => `shop-${index}`);
const VERSIONS = ['v1', 'v2'];
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const JWKS = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'a', alg: 'ES256' }] };

/** What the routes rest on: who issues tokens, and the segment of employees. */
export const identity = {
  issuer: 'https://login.example.com',
  audience: 'shop',
  jwks: JWKS,
  pairs: [{ attribute: 'groups', claim: ['groups'] }],
};
export const employees = {
  key: 'employees',
  rules: [{ attribute: ['verified', 'groups'], operator: 'equals', value: 'employees' }],
};

/** The Service of a number: where it is and what its pods are called. */
export function serviceOf(index) {
  const name = `service-${String(index).padStart(4, '0')}`;
  return { name, namespace: NAMESPACES[index % NAMESPACES.length] };
}

/** The document of a route at a gateway and in the mesh: employees first, then a share. */
export function routeOf(index, weight = 2_000) {
  const { name, namespace } = serviceOf(index);
  const arms = [
    { version: 'v2', weight },
    { version: 'v1', weight: 10_000 - weight },
  ];
  return {
    description: '',
    service: `${name}.${namespace}.svc.cluster.local`,
    port: 80,
    gateways: [{ name: `${namespace}/public`, hosts: [`${name}.example.com`] }],
    mesh: true,
    versions: Object.fromEntries(VERSIONS.map((version) => [version, { app: name, version }])),
    salt: name,
    bucketBy: ['targetingKey'],
    rules: [
      {
        id: 'employees',
        condition: { operator: 'inSegment', value: 'employees' },
        serve: { version: 'v2' },
      },
      {
        id: 'share',
        condition: { all: [] },
        serve: { split: { arms, otherwise: { arm: 'v1' } } },
      },
    ],
    default: 'v1',
  };
}

/** One pod of each version of a routed Service. */
export function podsOf(index) {
  const { name, namespace } = serviceOf(index);
  return VERSIONS.map((version) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${name}-${version}`, namespace, labels: { app: name, version } },
    spec: { containers: [{ name: 'app', image: 'app' }] },
  }));
}

/** The endpoints of a Service: pods by name, each ready. */
export function sliceOf(index, pods) {
  const { name, namespace } = serviceOf(index);
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-x7k2p`, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: pods.map((pod, at) => ({
      addresses: [`10.${20 + (index >> 8)}.${index & 255}.${at + 1}`],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: `node-${index % 50}`,
      targetRef: { kind: 'Pod', name: pod, namespace },
    })),
  };
}
