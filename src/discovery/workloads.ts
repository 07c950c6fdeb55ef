import type { OnApplicationShutdown } from '@nestjs/common';
import type { Cluster } from '../cluster/cluster.js';
import { Reflector } from '../cluster/reflector.js';
import { pathOf } from '../cluster/resource.js';
import type { Labels, WatchedEndpoints } from '../cluster/watched-endpoints.js';
import { type Autoscaler, selects, type Workload } from '../domain/discovery/workload.js';
import {
  AUTOSCALERS,
  type AutoscalerObject,
  type DeploymentObject,
  DEPLOYMENTS,
  pickAutoscaler,
  pickDeployment,
  pickService,
  type ServiceObject,
  SERVICES,
} from './cluster-objects.js';

/** What stands behind a Service, or why that can't be said. */
export type Known = { readonly workloads: readonly Workload[] } | { readonly unknown: string };

/**
 * The Deployments of the cluster, and what scales them, as copies that a watch keeps: one for the whole process, begun
 * when somebody first asks. Without a cluster all is unknown.
 */
export class Workloads implements OnApplicationShutdown {
  readonly #deployments: Reflector<DeploymentObject> | null = null;
  readonly #services: Reflector<ServiceObject> | null = null;
  readonly #autoscalers: Reflector<AutoscalerObject> | null = null;

  #leaveEndpoints: (() => void) | null = null;

  constructor(
    private readonly cluster: Cluster | null,
    private readonly endpoints: Pick<WatchedEndpoints, 'use' | 'readyLabels'> | null = null,
  ) {
    if (cluster === null) return;
    this.#deployments = new Reflector(cluster, DEPLOYMENTS, { pick: pickDeployment });
    this.#services = new Reflector(cluster, SERVICES, { pick: pickService });
    this.#autoscalers = new Reflector(cluster, AUTOSCALERS, { pick: pickAutoscaler });
  }

  /** Begins to watch; without a cluster nothing. */
  start(): void {
    for (const reflector of this.#reflectors()) reflector.start();
    this.#leaveEndpoints ??= this.endpoints?.use() ?? null;
  }

  /** Resolves when the first lists are there, or after `ms`. */
  async settled(ms: number): Promise<void> {
    this.start();
    const late = new AbortController();
    const waited = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      late.signal.addEventListener('abort', () => clearTimeout(timer));
    });
    await Promise.race([Promise.all(this.#reflectors().map(({ synced }) => synced)), waited]);
    late.abort();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#leaveEndpoints?.();
    await Promise.all(this.#reflectors().map((reflector) => reflector.stop()));
  }

  /** The workloads whose pods the Service picks; `service` is its full name. */
  behind(service: string): Known {
    if (this.#deployments === null || this.#services === null)
      return { unknown: 'No cluster is configured.' };
    if (!this.#reflectors().every(({ fresh }) => fresh)) {
      return { unknown: this.#whyUnknown() };
    }
    const [name = '', namespace = ''] = service.split('.');
    const { selector = {} } = this.#services.get(namespace, name)?.spec ?? {};
    const pods = this.#readyLabels(namespace, name);
    const workloads = this.#deployments
      .list()
      .filter(({ metadata }) => metadata.namespace === namespace)
      .map((deployment) => this.#workloadOf(deployment, pods))
      .filter(({ labels }) => selects(selector, labels));
    return { workloads };
  }

  /**
   * Asks the cluster for no pods of a workload; rejects with what the API server answers: 409 where the Deployment isn't
   * any more what was looked at, as its version label may be another by now.
   */
  async scaleToZero({
    namespace,
    name,
    resourceVersion,
  }: Pick<Workload, 'namespace' | 'name' | 'resourceVersion'>): Promise<void> {
    await this.cluster?.request({
      method: 'PATCH',
      path: `${pathOf({ ...DEPLOYMENTS, namespace }, name)}/scale`,
      query: { fieldManager: 'tidegate' },
      contentType: 'application/merge-patch+json',
      body: { ...(resourceVersion && { metadata: { resourceVersion } }), spec: { replicas: 0 } },
    });
  }

  #whyUnknown(): string {
    const what = "The cluster's Deployments, Services and autoscalers can't be watched at the moment";
    const why = this.#reflectors().flatMap(({ fresh, failure }) =>
      fresh || failure === null ? [] : [failure],
    );
    return why[0] === undefined ? `${what}.` : `${what}: ${why[0].replace(/\.$/, '')}.`;
  }

  #reflectors(): readonly Reflector<DeploymentObject | ServiceObject | AutoscalerObject>[] {
    const all = [this.#deployments, this.#services, this.#autoscalers];
    return all.filter((reflector) => reflector !== null) as Reflector<
      DeploymentObject | ServiceObject | AutoscalerObject
    >[];
  }

  /** Of the pods that a Service sends requests to now; null where that isn't known. */
  #readyLabels(namespace: string, service: string): readonly Labels[] | null {
    return this.endpoints?.readyLabels(namespace, service) ?? null;
  }

  #workloadOf({ metadata, spec, status }: DeploymentObject, pods: readonly Labels[] | null): Workload {
    const { name, namespace = '', creationTimestamp, deletionTimestamp, resourceVersion } = metadata;
    const labels = spec.template.metadata?.labels ?? {};
    return {
      namespace,
      name,
      ...(resourceVersion && { resourceVersion }),
      labels,
      images: spec.template.spec.containers.map(({ image }) => image ?? ''),
      desired: spec.replicas ?? 1,
      ready: status?.readyReplicas ?? 0,
      endpoints: pods && pods.filter((pod) => selects(labels, pod)).length,
      since: creationTimestamp === undefined ? 0 : Date.parse(creationTimestamp),
      deleting: deletionTimestamp !== undefined,
      hpa: this.#autoscalerOf(namespace, name),
    };
  }

  #autoscalerOf(namespace: string, deployment: string): Autoscaler | null {
    const found = this.#autoscalers?.list().find(({ metadata, spec: { scaleTargetRef } }) => {
      const { kind, name } = scaleTargetRef;
      return metadata.namespace === namespace && kind === 'Deployment' && name === deployment;
    });
    if (found === undefined) return null;
    return { name: found.metadata.name, min: found.spec.minReplicas ?? 1, max: found.spec.maxReplicas };
  }
}
