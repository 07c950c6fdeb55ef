type Labels = { readonly [label: string]: string };

/** Tells the versions of a service apart: of the pods of one version it has one value. */
export const VERSION_LABEL = 'version';

/** Pods that the cluster keeps alike: what a Deployment asks for, and what is there. */
export interface Workload {
  readonly namespace: string;
  /** Name of the Deployment. */
  readonly name: string;
  /** Of the Deployment as it was looked at; a write that rests on it names it. */
  readonly resourceVersion?: string;
  /** Labels of its pods. */
  readonly labels: Labels;
  readonly images: readonly string[];
  /** Pods wanted. */
  readonly desired: number;
  /** Pods that are ready, by the Deployment's own status. */
  readonly ready: number;
  /** Pods that its Service sends requests to now; null, or absent where that isn't known. */
  readonly endpoints?: number | null;
  /** Since when it exists, epoch milliseconds, by the cluster's clock. */
  readonly since: number;
  readonly deleting: boolean;
  readonly hpa: Autoscaler | null;
}

/** What scales a workload by its load, and between which numbers of pods. */
export interface Autoscaler {
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

/** Whether a selector picks pods with these labels; one that names none picks nothing. */
export function selects(selector: Labels, labels: Labels): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([label, value]) => labels[label] === value);
}

/** Whether it has, or is to have, pods that stay. */
export function isRunning({ desired, deleting }: Workload): boolean {
  return desired > 0 && !deleting;
}

/** The value of its version label; null where its pods have none. */
export function versionLabelOf({ labels }: Pick<Workload, 'labels'>): string | null {
  return labels[VERSION_LABEL] || null;
}
