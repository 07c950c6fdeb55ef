import { isRunning, versionLabelOf, type Workload } from './workload.js';
import { type Look, versionOf } from './look.js';
import type { SeenState, SeenVersion } from './record.js';
import { rolloutKey, versionName } from './version-name.js';

/** Seen versions that are kept at most; of those that nobody runs any more, the oldest go. */
const MOST_SEEN = 500;

/**
 * The versions seen so far, with those that are new now: oldest first. At the first look, and without a template, all
 * that is there is taken as known: it is new to us, and not to the cluster.
 */
export function withNewVersions(look: Look): readonly SeenVersion[] {
  const before = look.record?.seen ?? [];
  const known = new Set(before.map(({ label }) => label));
  const found = [...byLabel(look.workloads)].filter(([label]) => !known.has(label));
  const fresh = found
    .map(([label, workloads]) => seenNow(look, label, workloads))
    .sort((a, b) => a.since - b.since || (a.label < b.label ? -1 : 1));
  return fresh.length === 0 ? before : trimmed(look, [...before, ...fresh]);
}

/** Running workloads by the value of their version label. */
function byLabel(workloads: readonly Workload[]): ReadonlyMap<string, readonly Workload[]> {
  const groups = new Map<string, Workload[]>();
  for (const workload of workloads) {
    const label = versionLabelOf(workload);
    if (label !== null && isRunning(workload)) groups.set(label, [...(groups.get(label) ?? []), workload]);
  }
  return groups;
}

function seenNow(look: Look, label: string, workloads: readonly Workload[]): SeenVersion {
  const named = workloads.map((workload) => versionOf(look.route, workload)).find((name) => name !== null);
  const images = [...new Set(workloads.flatMap((workload) => workload.images))].sort();
  const since = Math.min(...workloads.map((workload) => workload.since));
  const as = (version: string, state: SeenState, because = ''): SeenVersion => {
    return { label, version, images, since, state, rollout: null, because };
  };
  const name = versionName(label);
  if (named !== undefined) return as(named, 'known');
  if (look.record === null || look.template === null) return as(name ?? label, 'known');
  if (name === null) return as(label, 'refused', `No name of a version can be made of the label "${label}".`);
  if (Object.hasOwn(look.route.versions, name)) {
    return as(name, 'refused', `The route has a version "${name}" already, with other labels.`);
  }
  const key = rolloutKey(look.route.key, name);
  const isTaken = look.rollouts.some((rollout) => rollout.key === key);
  return isTaken ? as(name, 'refused', `There is a rollout "${key}" already.`) : as(name, 'waiting');
}

function trimmed({ workloads }: Look, seen: readonly SeenVersion[]): readonly SeenVersion[] {
  const over = seen.length - MOST_SEEN;
  if (over <= 0) return seen;
  const there = new Set(workloads.map(versionLabelOf));
  const gone = seen.filter(({ label }) => !there.has(label)).slice(0, over);
  return seen.filter((one) => !gone.includes(one));
}
