import type { Route } from '@tidegate/sdk/engine';
import type { StateEdit } from '../change.js';
import { type Image, stateKey } from '../image.js';
import { type Plan, refuse } from '../plan.js';
import { planChange, type ProposedEdit } from '../plan-change.js';
import { abortRollout } from '../rollout/abort.js';
import { startRollout } from '../rollout/start.js';
import type { Look } from './look.js';
import type { DiscoveryAct, Noticed } from './noticed.js';
import { type DiscoveryRecord, recordOf, type SeenVersion } from './record.js';
import { templateRollout } from './template-rollout.js';
import { VERSION_LABEL, versionLabelOf } from './workload.js';

/** Who the log says it was. */
export const DISCOVERY = 'discovery';

/** The commit of an act, with the record after it, or why it can't be done now. */
export function planAct(image: Image, look: Look, { act, after }: Noticed): Plan {
  if (act === null) return refuse([]);
  const plan = planOf(image, look, act);
  if (plan.commit === null) return plan;
  const state = [...(plan.commit.state ?? []), recordEdit(image, look.route.key, after)];
  return { ...plan, commit: { ...plan.commit, state } };
}

/** Writes a route's record, if it still is the one read. */
export function recordEdit(image: Image, route: string, record: DiscoveryRecord): StateEdit {
  return { key: stateKey.discovery(route), value: record, expected: recordOf(image, route).revision };
}

function planOf(image: Image, look: Look, act: DiscoveryAct): Plan {
  switch (act.act) {
    case 'draft':
      return draft(image, look, act);
    case 'start':
      return startRollout(image, { rollout: act.rollout }, look.now);
    case 'abort':
      return abortRollout(image, { rollout: act.rollout }, look.now);
  }
}

function draft(
  image: Image,
  look: Look,
  { rollout, seen, control }: Extract<DiscoveryAct, { act: 'draft' }>,
): Plan {
  const { route, template, now } = look;
  if (template === null) return refuse([]);
  const moved = { key: route.key, new: seen.version, control };
  const standing = image.documents.value('rollout', rollout);
  const proposals: ProposedEdit[] = [
    { kind: 'route', key: route.key, value: withVersion(look, seen), mode: 'update', field: 'route' },
    {
      kind: 'rollout',
      key: rollout,
      value: templateRollout(template, rollout, moved),
      mode: standing === undefined ? 'create' : 'update',
      field: 'rollout',
    },
  ];
  return planChange(image, proposals, { now, actor: DISCOVERY });
}

/** The route with the new version; beside the version label this asks for what all versions share, and its pods have, too. */
function withVersion({ route, workloads }: Look, { version, label }: SeenVersion): Route {
  const theirs = [
    ...Object.values(route.versions),
    ...workloads.filter((workload) => versionLabelOf(workload) === label).map(({ labels }) => labels),
  ];
  const [first = {}] = theirs;
  const shared = Object.entries(first).filter(
    ([name, value]) => name !== VERSION_LABEL && theirs.every((labels) => labels[name] === value),
  );
  const labels = { ...Object.fromEntries(shared), [VERSION_LABEL]: label };
  return { ...route, versions: { ...route.versions, [version]: labels } };
}
