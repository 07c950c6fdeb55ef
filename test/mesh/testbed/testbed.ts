import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireTestbedNetwork } from './addresses.js';
import { ApiServer } from './api-server.js';
import type { ClusterClient } from './cluster-client.js';
import { controllerManager } from './controller-manager.js';
import { installDefinitions } from './definitions.js';
import { gatewayIdentity, sidecarIdentity } from './envoy-bootstrap.js';
import { Envoy } from './envoy.js';
import { etcd } from './etcd.js';
import { Issuer } from './issuer.js';
import { Istiod } from './istiod.js';
import { Kubelet } from './kubelet.js';
import type { Process } from './process.js';
import { shippedRights } from './rights.js';
import { Prometheus, type ScrapeJob } from './prometheus.js';
import { namespaceObject } from './shop-objects.js';
import { Shop } from './shop.js';
import type { User } from './user.js';

export interface TestbedOptions {
  /** Users besides the administrator and the service, to be given rights by RBAC objects. */
  users?: User[];
  /** Whatever Prometheus should scrape besides the two proxies. */
  scrape?: ScrapeJob[];
  /** Fields of Istio's MeshConfig besides the testbed's own. */
  meshConfig?: Record<string, unknown>;
}

/** A real cluster with a real mesh, made of processes in one network namespace. */
export class Testbed {
  /** Holds the data and the logs of all parts. */
  readonly folder = mkdtempSync(join(process.env['TIDEGATE_TESTBED_DATA'] ?? tmpdir(), 'testbed-'));
  /** The issuer whose claims decide. */
  readonly issuer = new Issuer('https://id.example.com', 'shop');
  /** Another issuer that the gateway trusts as well. */
  readonly otherIssuer = new Issuer('https://partner.example.com', 'shop');
  readonly etcd: Process;
  readonly apiServer: ApiServer;
  #parts: Parts | undefined;

  private constructor(private readonly options: TestbedOptions) {
    requireTestbedNetwork();
    this.etcd = etcd(this.folder);
    this.apiServer = new ApiServer(this.folder, options.users ?? []);
  }

  /** Starts everything; when a part fails, the others are stopped before the error is thrown. */
  static async start(options: TestbedOptions = {}): Promise<Testbed> {
    const testbed = new Testbed(options);
    try {
      await testbed.#start();
      return testbed;
    } catch (error) {
      await testbed.stop();
      throw error;
    }
  }

  /** The cluster, as its administrator. */
  get cluster(): ClusterClient {
    return this.apiServer.client();
  }

  get controllerManager(): Process {
    return this.#started.controllerManager;
  }

  get kubelet(): Kubelet {
    return this.#started.kubelet;
  }

  get istiod(): Istiod {
    return this.#started.istiod;
  }

  get gateway(): Envoy {
    return this.#started.gateway;
  }

  get sidecar(): Envoy {
    return this.#started.sidecar;
  }

  get prometheus(): Prometheus {
    return this.#started.prometheus;
  }

  get shop(): Shop {
    return this.#started.shop;
  }

  /** Ends every process and removes all data, unless TIDEGATE_TESTBED_KEEP asks to keep it for a look at the logs. */
  async stop(): Promise<void> {
    // Together, because a kubelet in the middle of a request to a frozen API server would wait for its answer.
    await Promise.all([this.#parts?.kubelet.stop(), ...this.#processes().map((process) => process.kill())]);
    this.apiServer.close();
    if (!process.env['TIDEGATE_TESTBED_KEEP']) rmSync(this.folder, { recursive: true, force: true });
  }

  get #started(): Parts {
    if (!this.#parts) throw new Error('the testbed has not started');
    return this.#parts;
  }

  #processes(): Process[] {
    const parts = this.#parts;
    const later = parts
      ? [
          parts.controllerManager,
          ...[parts.istiod, parts.gateway, parts.sidecar, parts.prometheus].map(processOf),
        ]
      : [];
    return [...later, this.apiServer.process, this.etcd];
  }

  async #start(): Promise<void> {
    await this.etcd.start();
    await this.apiServer.process.start();
    this.#parts = this.#makeParts();
    const { istiod, kubelet, prometheus, shop, gateway, sidecar } = this.#parts;
    await Promise.all([
      installDefinitions(this.apiServer),
      this.cluster.apply(namespaceObject('istio-system')),
      this.cluster.applyAll(shippedRights()),
      this.controllerManager.start(),
      kubelet.start(),
      prometheus.process.start(),
    ]);
    await istiod.process.start();
    await Promise.all([
      istiod.registerWebhook().then(() => shop.open()),
      gateway.process.start(),
      sidecar.process.start(),
    ]);
  }

  #makeParts(): Parts {
    const { folder, apiServer } = this;
    const gateway = new Envoy(folder, gatewayIdentity);
    const sidecar = new Envoy(folder, sidecarIdentity);
    const proxies = [gateway, sidecar].map(({ identity, metricsTarget }) => ({
      name: identity.name,
      target: metricsTarget,
      path: '/stats/prometheus',
    }));
    return {
      controllerManager: controllerManager(folder, apiServer),
      kubelet: new Kubelet(this.cluster, folder),
      istiod: new Istiod(folder, apiServer, this.options.meshConfig),
      gateway,
      sidecar,
      prometheus: new Prometheus(folder, [...proxies, ...(this.options.scrape ?? [])]),
      shop: new Shop(this.cluster, [this.issuer, this.otherIssuer], folder),
    };
  }
}

interface Parts {
  controllerManager: Process;
  kubelet: Kubelet;
  istiod: Istiod;
  gateway: Envoy;
  sidecar: Envoy;
  prometheus: Prometheus;
  shop: Shop;
}

function processOf(part: { process: Process }): Process {
  return part.process;
}
