import type { DiscoveryRecord } from '../../src/domain/discovery/record.js';
import type { Look, RolloutView } from '../../src/domain/discovery/look.js';
import { noticed, type Noticed } from '../../src/domain/discovery/noticed.js';
import { type VersionTemplate, versionTemplateSchema } from '../../src/domain/discovery/version-template.js';
import type { Workload } from '../../src/domain/discovery/workload.js';
import { routeOf } from './image.js';

/** A Deployment of one version of `checkout`, made `since` seconds after the first. */
export function workloadOf(label: string, more: Partial<Workload> = {}): Workload {
  return {
    namespace: 'shop',
    name: `checkout-${label}`,
    labels: { app: 'checkout', version: label },
    images: [`shop/checkout:${label}`],
    desired: 2,
    ready: 2,
    since: Number(label.replaceAll(/\D/g, '')) * 1_000,
    deleting: false,
    hpa: null,
    ...more,
  };
}

export function templateOf(more: Partial<VersionTemplate> = {}): VersionTemplate {
  return { ...versionTemplateSchema.parse({ steps: [{ weight: 100_000, hold: 0 }] }), ...more };
}

/** Route `checkout` of v1 (default) alone, with its Deployment known. */
export function lookOf(more: Partial<Look> = {}): Look {
  const { value: route } = routeOf({ key: 'checkout', versions: { v1: { version: 'v1' } } });
  const workloads = [workloadOf('v1')];
  const bare: Look = { route, template: templateOf(), workloads, rollouts: [], record: null, now: 1_000_000 };
  return { ...bare, record: noticed(bare).record, ...more };
}

/** Looks again and again, each act done as the store would, until there is nothing to do. */
export function settled(look: Look): {
  readonly look: Look;
  readonly acts: readonly string[];
  readonly last: Noticed;
} {
  const acts: string[] = [];
  for (let standing = look; ;) {
    const last = noticed(standing);
    if (last.act === null || acts.length > 20) {
      return { look: { ...standing, record: last.record }, acts, last };
    }
    acts.push(`${last.act.act} ${last.act.rollout}`);
    standing = done(standing, last, last.after);
  }
}

function done(look: Look, { act }: Noticed, record: DiscoveryRecord): Look {
  if (act === null) return look;
  const others = look.rollouts.filter(({ key }) => key !== act.rollout);
  const standing = look.rollouts.find(({ key }) => key === act.rollout);
  const write = (rollout: RolloutView, route = look.route): Look => {
    return { ...look, record, route, rollouts: [...others, rollout] };
  };
  if (act.act === 'draft') {
    const { version, label } = act.seen;
    const versions = { ...look.route.versions, [version]: { version: label } };
    const made: RolloutView = { key: act.rollout, state: 'draft', new: version, control: act.control };
    return write(made, { ...look.route, versions });
  }
  if (standing === undefined) throw new Error(`there is no rollout ${act.rollout}`);
  return write({ ...standing, state: act.act === 'start' ? 'running' : 'aborted' });
}

/** The look once a rollout stands in another state; a completed one has made its version the default. */
export function withRollout(look: Look, key: string, state: RolloutView['state']): Look {
  const rollouts = look.rollouts.map((one) => (one.key === key ? { ...one, state } : one));
  const ended = rollouts.find((one) => one.key === key);
  const route = state === 'completed' && ended ? { ...look.route, default: ended.new } : look.route;
  return { ...look, rollouts, route };
}
