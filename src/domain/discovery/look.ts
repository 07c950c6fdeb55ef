import type { Route } from '@tidegate/sdk/engine';
import type { RolloutState } from '../rollout.js';
import type { DiscoveryRecord } from './record.js';
import type { VersionTemplate } from './version-template.js';
import { isRunning, selects, type Workload } from './workload.js';

/** A rollout of the route as far as it matters here. */
export interface RolloutView {
  readonly key: string;
  readonly state: RolloutState;
  readonly new: string;
  readonly control: string;
}

/** All that is known of one route when it is decided what its new versions come to. */
export interface Look {
  readonly route: Route;
  /** Null: nothing new is rolled out. */
  readonly template: VersionTemplate | null;
  /** What stands behind the route's Service. */
  readonly workloads: readonly Workload[];
  readonly rollouts: readonly RolloutView[];
  /** Null before the first look. */
  readonly record: DiscoveryRecord | null;
  /** Store time, epoch milliseconds. */
  readonly now: number;
}

/** The workloads that a version of the route picks. */
export function workloadsOf(
  { route, workloads }: Pick<Look, 'route' | 'workloads'>,
  version: string,
): Workload[] {
  const labels = route.versions[version];
  return labels === undefined ? [] : workloads.filter((workload) => selects(labels, workload.labels));
}

/** The version of the route that picks this workload, or null. */
export function versionOf(route: Route, { labels }: Workload): string | null {
  const found = Object.entries(route.versions).find(([, selector]) => selects(selector, labels));
  return found?.[0] ?? null;
}

/** Versions that the route names and nobody runs. */
export function missingVersions(look: Pick<Look, 'route' | 'workloads'>): string[] {
  return Object.keys(look.route.versions).filter((version) => !workloadsOf(look, version).some(isRunning));
}

/** The rollout of the route that is running or paused. */
export function activeRollout({ rollouts }: Pick<Look, 'rollouts'>): RolloutView | null {
  return rollouts.find(({ state }) => state === 'running' || state === 'paused') ?? null;
}
