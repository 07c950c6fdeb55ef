import { clientAddress } from './addresses.js';
import { proxyPort, xdsPort } from './istiod.js';

/** Who a proxy is to istiod, and where its admin port is. */
export interface ProxyIdentity {
  name: string;
  id: string;
  cluster: string;
  metadata: Record<string, unknown>;
  adminPort: number;
  /** That of its istiod; default: the testbed's own. */
  xdsPort?: number;
}

const mesh = { CLUSTER_ID: 'Kubernetes', ISTIO_VERSION: '1.31.0' };

/** The ingress gateway: no pod, known to istiod by its labels alone. */
export const gatewayIdentity: ProxyIdentity = {
  name: 'gateway',
  id: 'router~127.0.0.1~gw-1.istio-system~istio-system.svc.cluster.local',
  cluster: 'istio-ingressgateway.istio-system',
  metadata: {
    ...mesh,
    NAME: 'gw-1',
    NAMESPACE: 'istio-system',
    INSTANCE_IPS: '127.0.0.1',
    LABELS: { istio: 'ingressgateway' },
    WORKLOAD_NAME: 'istio-ingressgateway',
  },
  adminPort: 15000,
};

/** One more pod of the gateway, at another istiod. Both listen at the same port, and the kernel shares requests out. */
export function nextGatewayIdentity(istiodPort: number): ProxyIdentity {
  return {
    ...gatewayIdentity,
    name: 'gateway-2',
    id: 'router~127.0.0.1~gw-2.istio-system~istio-system.svc.cluster.local',
    metadata: { ...gatewayIdentity.metadata, NAME: 'gw-2' },
    adminPort: 15_005,
    xdsPort: istiodPort,
  };
}

/** The sidecar of a client in the shop's namespace, which offers itself as an HTTP proxy. */
export const sidecarIdentity: ProxyIdentity = {
  name: 'sidecar',
  id: `sidecar~${clientAddress}~client-1.shop~shop.svc.cluster.local`,
  cluster: 'client.shop',
  metadata: {
    ...mesh,
    NAME: 'client-1',
    NAMESPACE: 'shop',
    INSTANCE_IPS: clientAddress,
    LABELS: { app: 'client' },
    WORKLOAD_NAME: 'client',
    INTERCEPTION_MODE: 'NONE',
    HTTP_PROXY_PORT: String(proxyPort),
  },
  adminPort: 15001,
};

/**
 * One more sidecar in the shop's namespace, that of a pod. `turn`, from 1: it takes the ports after the client's. Its address
 * is none that has a listener, so that it leaves the pod's own port to the program.
 */
export function podSidecarIdentity(name: string, turn: number): ProxyIdentity {
  const address = `10.244.1.${turn}`;
  return {
    ...sidecarIdentity,
    name,
    id: `sidecar~${address}~${name}.shop~shop.svc.cluster.local`,
    cluster: `${name}.shop`,
    metadata: {
      ...sidecarIdentity.metadata,
      NAME: name,
      INSTANCE_IPS: address,
      LABELS: { app: name },
      WORKLOAD_NAME: name,
      HTTP_PROXY_PORT: String(proxyPort + turn),
    },
    adminPort: sidecarIdentity.adminPort + turn,
  };
}

const http2 = {
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
    '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
    explicit_http_config: { http2_protocol_options: {} },
  },
};

// Istio's own sidecar image sets tags of this kind; without them the version would be part of the metric's name.
const statsTags = [
  { tag_name: 'cluster_name', regex: '^cluster\\.((.+?);\\.)' },
  { tag_name: 'response_code', regex: '_rq(_(\\d{3}))$' },
  { tag_name: 'response_code_class', regex: '_rq(_(\\dxx))$' },
];

// As Istio starts every proxy of its own: with Envoy's limit of 100, one longer pattern has all routes refused.
const runtime = { name: 'istio', static_layer: { 're2.max_program_size.error_level': 32_768 } };

/** The configuration an Envoy starts with; all else comes from istiod. */
export function envoyBootstrap({ id, cluster, metadata, adminPort, ...at }: ProxyIdentity): unknown {
  const ads = { ads: {}, resource_api_version: 'V3' };
  return {
    node: { id, cluster, metadata },
    admin: { address: socketAddress(adminPort) },
    dynamic_resources: {
      ads_config: {
        api_type: 'GRPC',
        transport_api_version: 'V3',
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: 'xds-grpc' } }],
      },
      cds_config: ads,
      lds_config: ads,
    },
    static_resources: { clusters: [xdsCluster(at.xdsPort ?? xdsPort)] },
    layered_runtime: { layers: [runtime] },
    stats_config: { use_all_default_tags: false, stats_tags: statsTags },
  };
}

function xdsCluster(port: number): unknown {
  const endpoint = { address: socketAddress(port) };
  return {
    name: 'xds-grpc',
    type: 'STATIC',
    connect_timeout: '1s',
    typed_extension_protocol_options: http2,
    load_assignment: { cluster_name: 'xds-grpc', endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  };
}

function socketAddress(port: number): unknown {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}
