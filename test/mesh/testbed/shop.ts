import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterClient } from './cluster-client.js';
import { eventually } from './eventually.js';
import { proxyPort } from './istiod.js';
import type { Issuer } from './issuer.js';
import type { KubernetesObject } from './kubernetes-object.js';
import type { PodObject } from './pod.js';
import {
  deployment,
  gateway,
  gatewayPort,
  namespace,
  namespaceObject,
  publicHost,
  requestAuthentication,
  service,
  serviceHost,
  serviceName,
  type VersionSpec,
} from './shop-objects.js';
import type { Entry } from './traffic.js';

/** How a version is to misbehave. */
export interface Fault {
  status?: number;
  /** The part of requests hit, 0 to 1; all of them by default. */
  share?: number;
  delayMs?: number;
}

/** Faults by the host that a request is for; requests for other hosts are answered well. */
export interface HostFaults {
  hosts: Readonly<Record<string, Fault>>;
}

/** The service under test: `checkout` in namespace `shop`, with a gateway in front. */
export class Shop {
  /** Requests from outside. */
  readonly outside: Entry = { port: gatewayPort, host: publicHost, proxy: false };
  /** Requests of another service, through its sidecar. */
  readonly inside: Entry = { port: proxyPort, host: serviceHost, proxy: true };
  readonly #folder: string;

  constructor(
    private readonly cluster: ClusterClient,
    private readonly issuers: Issuer[],
    folder: string,
  ) {
    this.#folder = join(folder, 'faults');
    mkdirSync(this.#folder, { recursive: true });
  }

  /** Opens the shop with two versions, and waits until both serve. */
  async open(): Promise<void> {
    await this.cluster.applyAll([
      namespaceObject(namespace),
      service(),
      gateway(),
      requestAuthentication(this.issuers),
    ]);
    await Promise.all([this.deploy('v1'), this.deploy('v2')]);
    await Promise.all([this.available('v1'), this.available('v2')]);
  }

  /** Creates a version, or changes its pods. */
  async deploy(
    version: string,
    options: Partial<Pick<VersionSpec, 'replicas' | 'labels' | 'annotations'>> = {},
  ): Promise<void> {
    await this.cluster.apply(
      deployment({ version, replicas: 1, faultFile: this.#faultFile(version), ...options }),
    );
  }

  /** Waits until a version has exactly so many ready pods. */
  async available(version: string, replicas = 1, withinMs = 30_000): Promise<void> {
    await eventually(async () => {
      const { status } = await this.cluster.get<DeploymentObject>(this.#ref(version));
      const { readyReplicas = 0, replicas: all = 0 } = status ?? {};
      if (readyReplicas !== replicas || all !== replicas) {
        throw new Error(`${version} has ${readyReplicas} ready of ${all} pods, not ${replicas}`);
      }
    }, withinMs);
  }

  /** Changes how many pods a version has; does not wait for them. */
  async scale(version: string, replicas: number): Promise<void> {
    await this.cluster.patch(this.#ref(version), { spec: { replicas } });
  }

  /** Removes a version with its pods. */
  async remove(version: string): Promise<void> {
    await this.cluster.delete(this.#ref(version));
  }

  /** The pods of a version, as the API has them. */
  async pods(version: string): Promise<PodObject[]> {
    const selector = `app=${serviceName},version=${version}`;
    return this.cluster.list<PodObject>({ apiVersion: 'v1', kind: 'Pod', namespace }, selector);
  }

  /** Makes all pods of a version misbehave from the next request on. */
  fault(version: string, fault: Fault | HostFaults): void {
    const file = this.#faultFile(version);
    writeFileSync(`${file}.next`, JSON.stringify(fault));
    renameSync(`${file}.next`, file);
  }

  /** Ends a version's misbehaviour. */
  heal(version: string): void {
    rmSync(this.#faultFile(version), { force: true });
  }

  #faultFile(version: string): string {
    return join(this.#folder, `${version}.json`);
  }

  #ref(version: string): KubernetesObject {
    const metadata = { name: `${serviceName}-${version}`, namespace };
    return { apiVersion: 'apps/v1', kind: 'Deployment', metadata };
  }
}

interface DeploymentObject extends KubernetesObject {
  status?: { replicas?: number; readyReplicas?: number };
}
