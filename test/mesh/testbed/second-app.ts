import type { ClusterClient } from './cluster-client.js';
import { eventually } from './eventually.js';
import type { KubernetesObject } from './kubernetes-object.js';
import { deployment, namespace, service, serviceName } from './shop-objects.js';

/** Another app beside the shop's own in its namespace, with the versions v1 and v2, one pod each. */
export class SecondApp {
  constructor(
    private readonly cluster: ClusterClient,
    readonly name: string,
  ) {}

  /** Waits until both versions serve. */
  async open(): Promise<void> {
    const versions = ['v1', 'v2'].map((version) => deployment({ version, replicas: 1, faultFile: '/none' }));
    await this.cluster.applyAll([service(), ...versions].map((object) => this.#renamed(object)));
    await Promise.all(['v1', 'v2'].map((version) => this.available(version, 1)));
  }

  async scale(version: string, replicas: number): Promise<void> {
    await this.cluster.patch(this.#ref(version), { spec: { replicas } });
    await this.available(version, replicas);
  }

  async available(version: string, replicas: number): Promise<void> {
    await eventually(async () => {
      const { status } = await this.cluster.get<KubernetesObject & { status?: { readyReplicas?: number } }>(
        this.#ref(version),
      );
      const ready = status?.readyReplicas ?? 0;
      if (ready !== replicas) throw new Error(`${this.name} ${version} has ${ready} ready pods`);
    }, 30_000);
  }

  #ref(version: string): KubernetesObject {
    const metadata = { name: `${this.name}-${version}`, namespace };
    return { apiVersion: 'apps/v1', kind: 'Deployment', metadata };
  }

  #renamed(object: KubernetesObject): KubernetesObject {
    return JSON.parse(JSON.stringify(object).replaceAll(serviceName, this.name)) as KubernetesObject;
  }
}
