import { type Look, activeRollout, workloadsOf } from './look.js';
import type { DiscoveryRecord, Retirement, SeenState, SeenVersion } from './record.js';
import { withNewVersions } from './seen.js';
import { rolloutKey } from './version-name.js';
import type { VersionTemplate } from './version-template.js';
import { isRunning, versionLabelOf } from './workload.js';

/** What is to be written for a new version: at most one act a look, each in one commit. */
export type DiscoveryAct =
  | { readonly act: 'draft'; readonly rollout: string; readonly seen: SeenVersion; readonly control: string }
  | { readonly act: 'start'; readonly rollout: string; readonly seen: SeenVersion }
  | { readonly act: 'abort'; readonly rollout: string; readonly because: string };

export interface Noticed {
  /** The record as it is without the act. */
  readonly record: DiscoveryRecord;
  readonly act: DiscoveryAct | null;
  /** The record that is written with the act. */
  readonly after: DiscoveryRecord;
}

/**
 * What the workloads behind a route come to: which versions are new, whose turn it is, and what has to be done for it.
 * Versions that are scaled to zero, or whose Deployments are being deleted, are not noticed; one that was seen before
 * never starts a rollout again.
 */
export function noticed(look: Look): Noticed {
  const settled = withNewVersions(look).flatMap((one) => settle(look, one));
  const { template } = look;
  const seen = template === null ? settled : superseding(look, settled, template);
  const { act, waiting } = template === null ? NOTHING : nextAct(look, seen, template);
  const retiring = [...(look.record?.retiring ?? []), ...ended(look, settled)];
  const record: DiscoveryRecord = { seen: withEnded(look, seen), retiring, waiting };
  return {
    record,
    act,
    after: act === null ? record : { ...record, seen: acted(record.seen, act), waiting: '' },
  };
}

interface Next {
  readonly act: DiscoveryAct | null;
  readonly waiting: string;
}

const NOTHING: Next = { act: null, waiting: '' };

/** Where a version stands by now: its Deployments may have gone before its turn came, and people act, too. */
function settle(look: Look, one: SeenVersion): SeenVersion[] {
  if (one.state === 'waiting') {
    const isThere = look.workloads.some(
      (workload) => versionLabelOf(workload) === one.label && !workload.deleting,
    );
    if (!isThere) return [];
    return Object.hasOwn(look.route.versions, one.version) ? [{ ...one, state: 'known' }] : [one];
  }
  if (one.state !== 'drafted') return [one];
  const rollout = look.rollouts.find(({ key }) => key === one.rollout);
  if (rollout === undefined) return [{ ...one, state: 'known' }];
  return rollout.state === 'draft' ? [one] : [{ ...one, state: 'started' }];
}

/** Whose turn has not come, oldest first; what only a person starts is not among them. */
function pending(seen: readonly SeenVersion[], { start }: VersionTemplate): SeenVersion[] {
  const open: readonly SeenState[] = start === 'auto' ? ['waiting', 'drafted'] : ['waiting'];
  return seen.filter(({ state }) => open.includes(state));
}

/** Where only the newest counts, older ones that have not begun are left out. */
function superseding(
  look: Look,
  seen: readonly SeenVersion[],
  template: VersionTemplate,
): readonly SeenVersion[] {
  if (template.newer === 'queue' || template.start === 'draft') return seen;
  const newest = newestOf(pending(seen, template));
  const begun = seen.filter(({ state }) => state === 'started');
  const isOlder = (one: SeenVersion): boolean =>
    newest !== undefined && one !== newest && !begun.includes(one);
  return seen.map((one) =>
    pending([one], template).length > 0 && isOlder(one) ? { ...one, state: 'superseded' as const } : one,
  );
}

function newestOf(seen: readonly SeenVersion[]): SeenVersion | undefined {
  return seen.toSorted((a, b) => b.since - a.since || (a.label < b.label ? 1 : -1))[0];
}

function nextAct(look: Look, seen: readonly SeenVersion[], template: VersionTemplate): Next {
  const [next] = pending(seen, template);
  if (next === undefined) return NOTHING;
  const hindrance = hindranceOf(look, next);
  if (hindrance !== null) return waits(hindrance);
  const active = activeRollout(look);
  if (active === null || template.start === 'draft') return begin(look, next);
  const isOurs = seen.some(({ rollout, state }) => rollout === active.key && state === 'started');
  if (template.newer === 'restart' && isOurs && active.state === 'running') {
    return {
      act: { act: 'abort', rollout: active.key, because: `version ${next.version} is newer` },
      waiting: '',
    };
  }
  return waits(`Version ${next.version} waits for rollout "${active.key}", which is ${active.state}.`);
}

/** What stands in the way of any rollout of the route. */
function hindranceOf(look: Look, { version }: SeenVersion): string | null {
  const { route } = look;
  if (route.closed !== null) return `Version ${version} waits: the route is closed to ${route.closed}.`;
  if (workloadsOf(look, route.default).some(isRunning)) return null;
  return `Version ${version} waits: nobody runs ${route.default}, which is to be compared with it.`;
}

/** Its rollout is made first, and made anew where the route has got another default since; then it is started. */
function begin({ route, rollouts }: Look, next: SeenVersion): Next {
  const rollout = next.rollout ?? rolloutKey(route.key, next.version);
  const standing = rollouts.find(({ key }) => key === rollout);
  const isMade = next.state === 'drafted' && standing?.control === route.default;
  if (isMade) return { act: { act: 'start', rollout, seen: next }, waiting: '' };
  return { act: { act: 'draft', rollout, seen: next, control: route.default }, waiting: '' };
}

function waits(waiting: string): Next {
  return { act: null, waiting };
}

function acted(seen: readonly SeenVersion[], act: DiscoveryAct): readonly SeenVersion[] {
  if (act.act === 'abort') return seen;
  const state = act.act === 'draft' ? 'drafted' : 'started';
  return seen.map((one) => (one.label === act.seen.label ? { ...one, state, rollout: act.rollout } : one));
}

function isEnded({ rollouts }: Look, { state, rollout }: SeenVersion): boolean {
  return state === 'started' && rollouts.some((one) => one.key === rollout && one.state === 'completed');
}

function withEnded(look: Look, seen: readonly SeenVersion[]): readonly SeenVersion[] {
  return seen.map((one) => (isEnded(look, one) ? { ...one, state: 'done' as const } : one));
}

/** The old versions of rollouts that have completed since the last look, where they are to be scaled down. */
function ended(look: Look, seen: readonly SeenVersion[]): Retirement[] {
  const after = look.template?.scaleDownAfter ?? null;
  if (after === null) return [];
  const keys = seen.filter((one) => isEnded(look, one)).map(({ rollout }) => rollout);
  return look.rollouts
    .filter(({ key }) => keys.includes(key))
    .map(({ key, control }) => ({ version: control, at: look.now + after * 1_000, rollout: key }));
}
