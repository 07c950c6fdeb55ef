import type { RoutePolicy } from '../../../domain/route-status.js';
import type { RouteTable } from '../../../domain/route-table.js';
import {
  type ApplyingRule,
  applyingRule,
  exportsOf,
  isPrivate,
  isSeenAtHome,
  matchesHost,
  ruleHost,
  selectsWorkloads,
  trafficPolicyOf,
} from './applying-rule.js';
import { nameOf } from './mesh-object.js';
import type { MeshObject } from './mesh-object.js';

type Place = Pick<RouteTable, 'service' | 'namespace' | 'gateways' | 'mesh'>;

/** What the DestinationRules of others mean for a route's own. */
export interface RulePolicy extends RoutePolicy {
  /** Sentences about callers that would not see ours, because one of these is nearer to them. */
  readonly hiddenBy: readonly string[];
}

/**
 * What a route's DestinationRule must say besides its subsets, so that callers keep the traffic policy that they would have
 * without it. A rule for the same host beside ours is merged with it by Istio, if `exportTo` is the same; of one that ours
 * hides the policy is copied. `others` are DestinationRules that aren't ours; `root` is Istio's root namespace.
 */
export function rulePolicy(place: Place, others: readonly MeshObject[], root: string): RulePolicy {
  const rules = others.filter((rule) => matchesHost(ruleHost(rule), place.service));
  const nearer = rules.filter((rule) => isNearer(rule, place, root));
  const hiddenBy = nearer.filter((rule) => hides(rule, place)).map(hidingText);
  // Gateways often run in the root namespace, wherever their Gateway objects are: to be told of, and no proof.
  const near = nearer.filter((rule) => hides(rule, place) || isIn(rule, root)).map(hidingText);
  const beside = rules.filter((rule) => isBeside(rule, place));
  const names = beside.map(nameOf).sort();
  const exportTo = commonExports(beside);
  if (exportTo !== null && reachesCallers(exportTo, place)) {
    const given = exportTo.length > 0 ? [...exportTo] : null;
    return {
      copiedFrom: null,
      trafficPolicy: null,
      beside: names,
      exportTo: given,
      notes: near,
      hiddenBy,
    };
  }
  const seen = views(place, rules, root);
  const from = place.gateways.length > 0 ? seen.outside : seen.inside;
  return {
    copiedFrom: from?.policyOf ? nameOf(from.policyOf) : null,
    trafficPolicy: trafficPolicyOf(from?.policyOf),
    beside: names,
    exportTo: null,
    notes: [...near, ...apartNotes(beside, place), ...differenceNotes(seen, place), ...subsetNotes(from)],
    hiddenBy,
  };
}

/** The route's DestinationRule among `objects` with what a policy adds to it. */
export function underPolicy(
  objects: readonly MeshObject[],
  { exportTo, trafficPolicy }: RoutePolicy,
): readonly MeshObject[] {
  const more = { ...(exportTo && { exportTo }), ...(trafficPolicy && { trafficPolicy }) };
  return objects.map((object) =>
    object.kind === 'DestinationRule' ? { ...object, spec: { ...object.spec, ...more } } : object,
  );
}

/** What there is to say of it; undefined where ours hides none and none is near. */
export function policyStatus({ hiddenBy: _hiddenBy, ...policy }: RulePolicy): RoutePolicy | undefined {
  const { copiedFrom, beside, notes } = policy;
  return copiedFrom === null && beside.length === 0 && notes.length === 0 ? undefined : policy;
}

function isBeside(rule: MeshObject, { service, namespace }: Place): boolean {
  return rule.metadata.namespace === namespace && ruleHost(rule) === service && !selectsWorkloads(rule);
}

/** What all of them say; null where there are none, or they differ. */
function commonExports(rules: readonly MeshObject[]): readonly string[] | null {
  const [first, ...more] = rules.map((rule) => [...exportsOf(rule)].sort());
  return first !== undefined && more.every((one) => one.join() === first.join()) ? first : null;
}

/** Whether all whose requests the route moves would see a rule with these exports. */
function reachesCallers(exportTo: readonly string[], { gateways, namespace, mesh }: Place): boolean {
  if (exportTo.length === 0 || exportTo.includes('*')) return true;
  const seen = exportTo.map((name) => (name === '.' ? namespace : name));
  return mesh === null && gateways.every(({ name }) => seen.includes(name.split('/')[0] ?? ''));
}

/** Whether some callers, if there are any where it is, would go by `rule`, which matches the host, and not by ours. */
function isNearer(rule: MeshObject, { service, namespace }: Place, root: string): boolean {
  if (isIn(rule, namespace)) return selectsWorkloads(rule) && ruleHost(rule) === service;
  return selectsWorkloads(rule) || (isIn(rule, root) ? isPrivate(rule) : isSeenAtHome(rule));
}

/** Whether the route moves requests of callers there. */
function hides({ metadata }: MeshObject, { namespace, gateways, mesh }: Place): boolean {
  const isAtGateway = gateways.some(({ name }) => name.startsWith(`${metadata.namespace}/`));
  return metadata.namespace === namespace || mesh !== null || isAtGateway;
}

function isIn({ metadata }: MeshObject, namespace: string): boolean {
  return metadata.namespace === namespace;
}

function hidingText(rule: MeshObject): string {
  const who = selectsWorkloads(rule) ? 'The workloads that it selects' : 'Callers';
  return (
    `${who} in namespace ${rule.metadata.namespace} go by ${nameOf(rule)}, which has none of the route’s subsets: ` +
    'requests that the route sends to one fail there'
  );
}

/** As callers beside the Service see the host without ours, and as those of any other namespace do. */
interface Views {
  readonly inside: ApplyingRule | null;
  readonly outside: ApplyingRule | null;
}

function views(
  { service: host, namespace: service }: Place,
  rules: readonly MeshObject[],
  root: string,
): Views {
  const seenFrom = (caller: string | null) => applyingRule(rules, { host, service, caller, root });
  return { inside: seenFrom(service), outside: seenFrom(null) };
}

function apartNotes(beside: readonly MeshObject[], { namespace }: Place): readonly string[] {
  return beside.map(
    (rule) =>
      `${nameOf(rule)} is for the same host and says exportTo ${JSON.stringify(exportsOf(rule))}, with which some callers ` +
      `of the route would not see its subsets, so Istio can’t merge the two: in ${namespace} the newer one counts. ` +
      'Export it to all',
  );
}

function differenceNotes({ inside, outside }: Views, { gateways, namespace }: Place): readonly string[] {
  if (inside?.policyOf === outside?.policyOf) return [];
  const [here, elsewhere] = [inside, outside].map((one) =>
    one?.policyOf ? nameOf(one.policyOf) : 'no rule',
  );
  const held = gateways.length > 0 ? elsewhere : here;
  return [
    `Callers in ${namespace} had the traffic policy of ${here}, all others that of ${elsewhere}; ours can hold one of the two, ` +
      `that of ${held}`,
  ];
}

function subsetNotes(from: ApplyingRule | null): readonly string[] {
  return (from?.rules ?? []).flatMap((rule) => {
    const subsets = rule.spec?.['subsets'];
    const count = Array.isArray(subsets) ? subsets.length : 0;
    return count === 0
      ? []
      : [`Subsets of ${nameOf(rule)} can’t be reached for this host any more, as ours hides it`];
  });
}
