import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiServer } from './api-server.js';
import { binaries } from './binaries.js';
import { eventually } from './eventually.js';
import { http, httpProbe } from './http.js';
import { Process } from './process.js';
import { validatingWebhook } from './webhook.js';

/** Where proxies get their configuration. */
export const xdsPort = 15010;
/** Where a sidecar takes proxy requests. */
export const proxyPort = 15007;

const debugPort = 8080;
/** Between the ports of one istiod and of the next. */
const apart = 100;

const meshConfig = {
  defaultConfig: {},
  defaultProviders: {},
  enableTracing: false,
  ingressControllerMode: 'OFF',
  // Otherwise every cluster waits for secrets of an agent that does not exist, and no listener ever comes.
  enableAutoMtls: false,
  proxyHttpPort: proxyPort,
};

/** What istiod knows of one proxy: the last configuration sent, and the last one it has confirmed. */
export interface ProxySync {
  proxy: string;
  route_sent?: string;
  route_acked?: string;
  cluster_sent?: string;
  cluster_acked?: string;
  [nonce: string]: string | undefined;
}

/** The real istiod, running outside the cluster it serves. `turn`, from 1, is that of one more beside the first. */
export class Istiod {
  readonly process: Process;
  /** Where proxies get their configuration from this one. */
  readonly xdsPort: number;
  readonly #debugPort: number;

  constructor(
    folder: string,
    private readonly apiServer: ApiServer,
    more: Record<string, unknown> = {},
    turn = 0,
  ) {
    this.xdsPort = xdsPort + turn * apart;
    this.#debugPort = debugPort + turn * apart;
    const meshFile = join(folder, `mesh-${turn}.yaml`);
    writeFileSync(meshFile, JSON.stringify({ ...meshConfig, ...more }));
    this.process = new Process({
      name: turn === 0 ? 'istiod' : `istiod-${turn}`,
      command: binaries.istiod,
      args: args(apiServer.kubeconfig(), meshFile, turn * apart),
      env: {
        POD_NAMESPACE: 'istio-system',
        POD_NAME: `istiod-${turn}`,
        ISTIOD_CUSTOM_HOST: 'localhost',
        // Filters that only Istio's own build of Envoy has.
        PILOT_ENABLE_ALPN_FILTER: 'false',
        PILOT_ENABLE_METADATA_EXCHANGE: 'false',
        PILOT_ENABLE_TELEMETRY_LABEL: 'false',
      },
      folder,
      ready: httpProbe(`${this.debugUrl}/ready`),
    });
  }

  get debugUrl(): string {
    return `http://127.0.0.1:${this.#debugPort}`;
  }

  /** Lets istiod judge every Istio object that is written, as a real installation does. */
  async registerWebhook(): Promise<void> {
    const cluster = this.apiServer.client();
    const ref = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'istio-system', name: 'istio-ca-secret' },
    };
    const secret = await eventually(() => cluster.get<typeof ref & { data: Record<string, string> }>(ref));
    const ca = secret.data['ca-cert.pem'];
    if (!ca) throw new Error('istiod has not written its certificate');
    await cluster.apply(validatingWebhook(ca));
  }

  /** The connected proxies and what each has confirmed. */
  async proxies(): Promise<ProxySync[]> {
    const { body } = await http({ host: '127.0.0.1', port: this.#debugPort, path: '/debug/syncz' });
    return (JSON.parse(body) as ProxySync[] | null) ?? [];
  }
}

function args(kubeconfig: string, meshFile: string, offset: number): string[] {
  return [
    'discovery',
    '--registries=Kubernetes',
    `--kubeconfig=${kubeconfig}`,
    `--meshConfig=${meshFile}`,
    `--httpAddr=127.0.0.1:${debugPort + offset}`,
    `--grpcAddr=127.0.0.1:${xdsPort + offset}`,
    '--secureGRPCAddr=',
    `--httpsAddr=127.0.0.1:${15_017 + offset}`,
    `--monitoringAddr=127.0.0.1:${15_014 + offset}`,
    '--ctrlz_port=0',
  ];
}
