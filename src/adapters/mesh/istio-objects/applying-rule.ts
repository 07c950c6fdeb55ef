import type { MeshObject } from './mesh-object.js';

/** Settings for the requests to a host, as Istio spells them. */
export type TrafficPolicy = { readonly [field: string]: unknown };

/** Who asks for which host. */
export interface RuleLookup {
  /** In full: `checkout.shop.svc.cluster.local`. */
  readonly host: string;
  /** Namespace of the Service. */
  readonly service: string;
  /** Namespace of the caller; null: one without rules of its own. */
  readonly caller: string | null;
  /** Istio's root namespace. */
  readonly root: string;
}

/** DestinationRules that Istio takes for one, in its order, and the one of them whose policy counts. */
export interface ApplyingRule {
  readonly rules: readonly MeshObject[];
  readonly policyOf: MeshObject | null;
}

interface Entry {
  readonly exportTo: ReadonlySet<string>;
  readonly rules: MeshObject[];
}

/** A host without a dot is a Service beside the rule. */
export function ruleHost({ metadata: { namespace }, spec }: MeshObject): string {
  const host = typeof spec?.['host'] === 'string' ? spec['host'] : '';
  return host.includes('.') || host === '*' ? host : `${host}.${namespace}.svc.cluster.local`;
}

/** Where a rule is seen: `.`, `*` and namespaces; empty: everywhere. */
export function exportsOf({ spec }: MeshObject): readonly string[] {
  const names = spec?.['exportTo'];
  return Array.isArray(names) ? names.filter((name): name is string => typeof name === 'string') : [];
}

export function trafficPolicyOf(rule: MeshObject | null | undefined): TrafficPolicy | null {
  return (rule?.spec?.['trafficPolicy'] as TrafficPolicy | null | undefined) ?? null;
}

/** Whether a rule is for certain workloads of its namespace alone. */
export function selectsWorkloads({ spec }: MeshObject): boolean {
  return (spec?.['workloadSelector'] ?? null) !== null;
}

export function matchesHost(pattern: string, host: string): boolean {
  return pattern === host || (pattern.startsWith('*') && host.endsWith(pattern.slice(1)));
}

/** Whether callers in the rule's own namespace see it. */
export function isSeenAtHome(rule: MeshObject): boolean {
  const names = exportsOf(rule);
  return names.length === 0 || [...homes(rule), '*'].some((name) => names.includes(name));
}

/** Whether nobody outside the rule's own namespace sees it. */
export function isPrivate(rule: MeshObject): boolean {
  const [name, ...more] = exportsOf(rule);
  return more.length === 0 && name !== undefined && homes(rule).includes(name);
}

function homes({ metadata: { namespace } }: MeshObject): readonly string[] {
  return ['.', namespace];
}

/**
 * The rule that Istio goes by for a host, as one namespace sees it: of the caller's own, of the Service's and of the root
 * namespace, the first that has any for the host, and there the most specific host. Rules for certain workloads are passed over.
 * Null where none applies.
 */
export function applyingRule(
  rules: readonly MeshObject[],
  { host, service, caller, root }: RuleLookup,
): ApplyingRule | null {
  const matching = rules
    .filter((rule) => !selectsWorkloads(rule) && matchesHost(ruleHost(rule), host))
    .toSorted(byAge);
  const of = (namespace: string | null) =>
    matching.filter(({ metadata }) => metadata.namespace === namespace);
  const own = of(caller).filter(caller === root ? isPrivate : isSeenAtHome);
  const exported = (namespace: string) =>
    mostSpecific(of(namespace).filter((rule) => !isPrivate(rule))).filter((entry) =>
      isExported(entry, caller),
    );
  const entry = [mostSpecific(own), exported(service), exported(root)]
    .find(({ length }) => length > 0)
    ?.at(-1);
  if (entry === undefined) return null;
  return { rules: entry.rules, policyOf: entry.rules.find((rule) => trafficPolicyOf(rule) !== null) ?? null };
}

/** Istio's order: by age, which is stored in seconds, then by name. */
function byAge(one: MeshObject, other: MeshObject): number {
  const text = ({ metadata: { creationTimestamp = '', name, namespace } }: MeshObject) => [
    creationTimestamp,
    name,
    namespace,
  ];
  const [left, right] = [text(one), text(other)];
  const first = left.findIndex((part, index) => part !== right[index]);
  return first < 0 ? 0 : (left[first] ?? '') < (right[first] ?? '') ? -1 : 1;
}

function isExported({ exportTo }: Entry, caller: string | null): boolean {
  return exportTo.size === 0 || exportTo.has('*') || (caller !== null && exportTo.has(caller));
}

/** What Istio makes of the rules with the longest host among `rules`, which all match. */
function mostSpecific(rules: readonly MeshObject[]): readonly Entry[] {
  const length = Math.max(...rules.map((rule) => rankOf(ruleHost(rule))));
  return mergedRules(rules.filter((rule) => rankOf(ruleHost(rule)) === length));
}

function rankOf(host: string): number {
  return host.startsWith('*') ? host.length : Infinity;
}

/** Rules for one host in one namespace, oldest first: those seen by the same namespaces become one. */
function mergedRules(rules: readonly MeshObject[]): readonly Entry[] {
  const entries: Entry[] = [];
  for (const rule of rules) {
    const exportTo = new Set(exportsOf(rule));
    let standsAlone = true;
    for (const entry of entries) {
      standsAlone = !mergesInto(exportTo, entry.exportTo);
      if (!standsAlone) entry.rules.push(rule);
    }
    if (standsAlone) entries.push({ exportTo, rules: [rule] });
  }
  return entries;
}

/** Also where it is seen by more, unless the other is seen by all because it says nothing. */
function mergesInto(exportTo: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  const holdsAll = [...other].every((name) => exportTo.has(name));
  return holdsAll && (other.size > 0 || exportTo.size === 0);
}
