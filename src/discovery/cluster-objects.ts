import type { KubernetesObject, Resource } from '../cluster/resource.js';

/** What is read of a Deployment. */
export interface DeploymentObject extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & {
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec: {
    readonly replicas?: number;
    readonly template: {
      readonly metadata?: { readonly labels?: { readonly [label: string]: string } };
      readonly spec: { readonly containers: readonly { readonly image?: string }[] };
    };
  };
  readonly status?: { readonly readyReplicas?: number };
}

export interface ServiceObject extends KubernetesObject {
  readonly spec: { readonly selector?: { readonly [label: string]: string } };
}

export interface AutoscalerObject extends KubernetesObject {
  readonly spec: {
    readonly scaleTargetRef: { readonly kind: string; readonly name: string };
    readonly minReplicas?: number;
    readonly maxReplicas: number;
  };
}

export const DEPLOYMENTS: Resource = { group: 'apps', version: 'v1', plural: 'deployments' };
export const SERVICES: Resource = { group: '', version: 'v1', plural: 'services' };
export const AUTOSCALERS: Resource = {
  group: 'autoscaling',
  version: 'v2',
  plural: 'horizontalpodautoscalers',
};

type Metadata = DeploymentObject['metadata'];

function metadataOf({ name, namespace, uid, resourceVersion }: Metadata): Metadata {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

/** Keeps of a Deployment what a workload is made of. */
export function pickDeployment({ metadata, spec, status }: DeploymentObject): DeploymentObject {
  const { creationTimestamp, deletionTimestamp } = metadata;
  const { labels } = spec.template.metadata ?? {};
  return {
    metadata: {
      ...metadataOf(metadata),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
    spec: {
      replicas: spec.replicas ?? 1,
      template: {
        metadata: labels === undefined ? {} : { labels },
        spec: { containers: spec.template.spec.containers.map(({ image }) => ({ image: image ?? '' })) },
      },
    },
    status: { readyReplicas: status?.readyReplicas ?? 0 },
  };
}

export function pickService({ metadata, spec }: ServiceObject): ServiceObject {
  return { metadata: metadataOf(metadata), spec: { ...(spec.selector && { selector: spec.selector }) } };
}

export function pickAutoscaler({ metadata, spec }: AutoscalerObject): AutoscalerObject {
  const { scaleTargetRef, minReplicas = 1, maxReplicas } = spec;
  return { metadata: metadataOf(metadata), spec: { scaleTargetRef, minReplicas, maxReplicas } };
}
