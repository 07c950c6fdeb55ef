import type { RouteStatus } from '../route-status.js';
import { type Look, missingVersions, versionOf } from './look.js';
import type { Retirement, SeenState } from './record.js';
import { type Autoscaler, VERSION_LABEL, versionLabelOf, type Workload } from './workload.js';

const NO_LABEL = `Its pods have no label "${VERSION_LABEL}", so they are no version.`;

/** A workload, and what it is to the route. */
export interface DiscoveredVersion {
  readonly version: string | null;
  readonly label: string | null;
  /** `namespace/name`. */
  readonly deployment: string;
  readonly images: readonly string[];
  readonly desired: number;
  readonly ready: number;
  /** Ready endpoints behind the Service; null where neither its slices nor the route's status tell. */
  readonly endpoints: number | null;
  readonly autoscaler: Autoscaler | null;
  readonly since: number;
  readonly state: SeenState | null;
  readonly rollout: string | null;
  readonly because: string;
}

/** What is shown of a route's versions in the cluster. */
export interface Discovery {
  readonly known: boolean;
  readonly unknown: string;
  readonly versions: readonly DiscoveredVersion[];
  readonly missing: readonly string[];
  readonly retiring: readonly Retirement[];
  readonly waiting: string;
}

/** All that is known, oldest workload first. `ready`: as the route's status has it. */
export function discovered(look: Look, ready: RouteStatus['ready'] = {}): Discovery {
  return {
    known: true,
    unknown: '',
    versions: look.workloads
      .map((workload) => versionIn(look, workload, ready))
      .sort((a, b) => a.since - b.since || (a.deployment < b.deployment ? -1 : 1)),
    missing: missingVersions(look),
    retiring: look.record?.retiring ?? [],
    waiting: look.record?.waiting ?? '',
  };
}

/** While the cluster can't be asked: what is remembered, and why there is no more. */
export function undiscovered({ record }: Pick<Look, 'record'>, unknown: string): Discovery {
  const { retiring = [], waiting = '' } = record ?? {};
  return { known: false, unknown, versions: [], missing: [], retiring, waiting };
}

function versionIn({ route, record }: Look, workload: Workload, of: RouteStatus['ready']): DiscoveredVersion {
  const { namespace, name, images, desired, ready, hpa, since } = workload;
  const label = versionLabelOf(workload);
  const seen = record?.seen.find((one) => one.label === label);
  const version = versionOf(route, workload);
  return {
    version,
    label,
    deployment: `${namespace}/${name}`,
    images,
    desired,
    ready,
    endpoints: workload.endpoints ?? toldOf(version, of),
    autoscaler: hpa,
    since,
    state: seen?.state ?? null,
    rollout: seen?.rollout ?? null,
    because: label === null ? NO_LABEL : (seen?.because ?? ''),
  };
}

/** Ready endpoints of a version by the route's status. */
function toldOf(version: string | null, ready: RouteStatus['ready']): number | null {
  const told = version === null ? null : ready[version];
  return typeof told === 'number' ? told : null;
}
