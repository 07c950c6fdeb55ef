import type { Route } from '@tidegate/sdk/engine';
import { activeRollout, type Look, workloadsOf } from './look.js';
import type { DiscoveryRecord, Retirement } from './record.js';
import { isRunning, selects, versionLabelOf, type Workload } from './workload.js';

/** What the mesh and the other routes say, as far as scaling down rests on it. */
export interface Surroundings {
  /** Why the route's last table can't be taken as applied; null when it is. */
  readonly tableTrouble: string | null;
  /** All other routes, of any environment: two can lead to one Service. */
  readonly others: readonly OtherRoute[];
}

export interface OtherRoute {
  /** Null: of the same one. */
  readonly environment: string | null;
  readonly route: Route;
}

export type RetirementDecision =
  /** Nothing is due. */
  | { readonly decision: 'none' }
  /** It is used again, or nothing of it runs: it is not scaled down any more. */
  | { readonly decision: 'drop'; readonly retirement: Retirement }
  | { readonly decision: 'wait'; readonly retirement: Retirement; readonly because: string }
  | { readonly decision: 'scale'; readonly retirement: Retirement; readonly workloads: readonly Workload[] };

/**
 * What becomes of the first version whose time to be scaled down has come. Not before the mesh has a table that sends it
 * nothing; not while a rule of a person, or another route, names it; never once it is a default again, or part of a rollout.
 */
export function retirementOf(look: Look, around: Surroundings): RetirementDecision {
  const all = look.record?.retiring ?? [];
  const back = all.find(({ version }) => isBack(look, version));
  if (back !== undefined) return { decision: 'drop', retirement: back };
  const due = all.filter(({ at }) => at <= look.now);
  const decisions = due.map((retirement) => decide(look, retirement, around));
  return decisions.find(({ decision }) => decision !== 'wait') ?? decisions[0] ?? { decision: 'none' };
}

/** The record once a retirement is over. */
export function withoutRetirement(record: DiscoveryRecord, retirement: Retirement): DiscoveryRecord {
  return { ...record, retiring: record.retiring.filter((one) => one.rollout !== retirement.rollout) };
}

function decide(
  look: Look,
  retirement: Retirement,
  { tableTrouble, others }: Surroundings,
): RetirementDecision {
  const { version } = retirement;
  const workloads = workloadsOf(look, version).filter(isRunning);
  if (workloads.length === 0) return { decision: 'drop', retirement };
  const wait = (because: string): RetirementDecision => ({ decision: 'wait', retirement, because });
  const trouble = labelTrouble(look, version, workloads);
  if (trouble !== null) return wait(trouble);
  const used = useOf(look.route, version) ?? otherUse(others, workloads);
  if (used !== null) return wait(`Version ${version} stays: ${used}.`);
  if (tableTrouble !== null) return wait(`Version ${version} stays for now. ${tableTrouble}`);
  return { decision: 'scale', retirement, workloads };
}

/**
 * Why the version label of the Deployments doesn't prove that they are this version and no other; null when it does. A
 * route may tell its versions apart by other labels, and those can be on pods of several.
 */
function labelTrouble(look: Look, version: string, workloads: readonly Workload[]): string | null {
  const unlabelled = workloads.find((workload) => versionLabelOf(workload) === null);
  if (unlabelled !== undefined)
    return `Version ${version} stays: Deployment ${unlabelled.name} has no label "version".`;
  const labels = new Set(workloads.map(versionLabelOf));
  if (labels.size > 1)
    return `Version ${version} stays: its Deployments have the version labels ${[...labels].join(', ')}.`;
  const used = Object.keys(look.route.versions).filter((other) => other !== version);
  const shared = used.find((other) =>
    workloadsOf(look, other).some((one) => labels.has(versionLabelOf(one)) || workloads.includes(one)),
  );
  return shared === undefined
    ? null
    : `Version ${version} stays: version ${shared} has pods of the same version label.`;
}

function isBack(look: Look, version: string): boolean {
  const { route } = look;
  const active = activeRollout(look);
  return (
    route.default === version ||
    route.closed === version ||
    (active !== null && (active.new === version || active.control === version))
  );
}

type Serve = Route['rules'][number]['serve'];

function versionsIn(serve: Serve): readonly string[] {
  if ('version' in serve) return [serve.version];
  const { arms, otherwise } = serve.split;
  const without = typeof otherwise === 'object' ? [otherwise.arm] : [];
  return [...arms.map(({ version }) => version), ...without];
}

/** What of the route still sends requests to a version, or copies of them, in words; null for nothing. */
function useOf({ rules, mirror }: Route, version: string): string | null {
  const rule = rules.find(({ serve }) => versionsIn(serve).includes(version));
  if (rule !== undefined) return `rule "${rule.id}" sends requests there`;
  return mirror?.version === version ? 'it gets copies of requests' : null;
}

function otherUse(others: readonly OtherRoute[], workloads: readonly Workload[]): string | null {
  const found = others.find(({ route }) => workloads.some((workload) => reaches(route, workload)));
  if (found === undefined) return null;
  const where = found.environment === null ? '' : ` of environment "${found.environment}"`;
  return `route "${found.route.key}"${where} sends requests there`;
}

/** Whether another route has a version of these pods that it sends requests to, or copies of them. */
function reaches(route: Route, { namespace, labels }: Workload): boolean {
  const [, at] = route.service.split('.');
  if (at !== namespace) return false;
  const used = [
    route.default,
    ...(route.closed === null ? [] : [route.closed]),
    ...(route.mirror ? [route.mirror.version] : []),
    ...route.rules.flatMap(({ serve }) => versionsIn(serve)),
  ];
  return used.some((version) => selects(route.versions[version] ?? {}, labels));
}
