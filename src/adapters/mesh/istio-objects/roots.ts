import type { RequestMatch, RouteTable } from '../../../domain/route-table.js';
import { isSameJson } from '../../../domain/same-json.js';
import { unbound } from './claimed-hosts.js';
import { delegateName } from './delegates.js';
import type { DelegateRole } from './delegates.js';
import { requestMatch } from './http-routes.js';
import type { HttpMatch } from './match-overlap.js';
import { nameOf } from './mesh-object.js';
import type { MeshObject } from './mesh-object.js';

export interface RootRule {
  readonly name?: string;
  readonly match?: readonly HttpMatch[];
  readonly delegate?: { readonly name?: string; readonly namespace?: string };
}

/** Objects that send requests to a route's delegates, and what is missing for all requests to go where they should. */
export interface Roots {
  /** `VirtualService shop/checkout`, sorted. */
  readonly names: readonly string[];
  /** Sentences; none when every delegate gets its requests. */
  readonly missing: readonly string[];
}

/** The rules of a VirtualService for HTTP. */
export function rulesOf({ spec }: MeshObject): readonly RootRule[] {
  const http = spec?.['http'];
  return Array.isArray(http) ? (http as RootRule[]) : [];
}

/** Whether `root` has a rule that sends requests to the object `namespace/name`. */
export function names(root: MeshObject, { metadata: { namespace, name } }: MeshObject): boolean {
  return rulesOf(root).some((rule) => leadsTo(root, rule, namespace, name));
}

/** Whether a rule of `root` sends its requests to the object `namespace/name`. */
export function leadsTo(root: MeshObject, { delegate }: RootRule, namespace: string, name: string): boolean {
  return delegate?.name === name && (delegate.namespace || root.metadata.namespace) === namespace;
}

/** The rules that a root at a gateway needs, in their order; `match` and `more` are kept in each. */
export function gatewayRules(table: RouteTable): readonly RootRule[] {
  const told = (table.audiences ?? []).filter(({ matches }) => matches.length > 0);
  return [
    ...told.map(({ segment, matches }) => ({
      match: matches.map((match) => requestMatch(match)),
      delegate: delegateOf(table, { audience: segment }),
    })),
    ...(table.gateway === null ? [] : [{ delegate: delegateOf(table, 'gateway') }]),
  ];
}

/** The rules that a root inside the mesh needs. */
export function meshRules(table: RouteTable): readonly RootRule[] {
  return table.mesh === null ? [] : [{ delegate: delegateOf(table, 'mesh') }];
}

function delegateOf({ route, namespace }: RouteTable, role: DelegateRole) {
  return { name: delegateName(route, role), namespace };
}

/** Which of `others`, objects that aren't ours, send requests to the delegates of a table, and what is missing. */
export function rootsOf(table: RouteTable, others: readonly MeshObject[]): Roots {
  const places = (['gateway', 'mesh'] as const).filter((place) => table[place] !== null);
  const found = places.map((place) => {
    const name = delegateName(table.route, place);
    const roots = others.filter((root) => firstRule(root, table, name) >= 0);
    const missing = unnamed(table, place, roots);
    const hidden = roots.flatMap((root) => hiddenBy(table, root, name));
    const untold = place === 'gateway' ? roots.flatMap((root) => untoldAudiences(table, root)) : [];
    return { names: roots.map(nameOf), missing: [...missing, ...hidden, ...untold] };
  });
  return {
    names: [...new Set(found.flatMap((one) => one.names))].sort(),
    missing: found.flatMap(({ missing }) => missing),
  };
}

/** A host that no root binds has no route, though all its neighbours have. */
function unnamed(table: RouteTable, place: 'gateway' | 'mesh', roots: readonly MeshObject[]): string[] {
  const name = `${table.namespace}/${delegateName(table.route, place)}`;
  if (roots.length === 0) return [`No VirtualService sends requests to the delegate ${name} yet`];
  return unbound(table, place, roots).map(
    (claim) => `No VirtualService that sends requests to the delegate ${name} binds ${claim} yet`,
  );
}

function firstRule(root: MeshObject, { namespace }: RouteTable, name: string): number {
  return rulesOf(root).findIndex((rule) => leadsTo(root, rule, namespace, name));
}

/** A rule without a match takes every request, so that none comes to those below it. */
function hiddenBy(table: RouteTable, root: MeshObject, name: string): string[] {
  const above = rulesOf(root).slice(0, firstRule(root, table, name));
  const at = above.findIndex(({ match = [] }) => match.length === 0);
  if (at < 0) return [];
  return [`Rule ${at + 1} of ${nameOf(root)} takes every request, above the rule that names ${name}`];
}

/** In a root, callers of an audience must be told from others by exactly the claims of its segment, above all others. */
function untoldAudiences(table: RouteTable, root: MeshObject): string[] {
  const last = firstRule(root, table, delegateName(table.route, 'gateway'));
  let from = 0;
  return (table.audiences ?? []).flatMap(({ segment, matches }) => {
    if (matches.length === 0) return [];
    const name = delegateName(table.route, { audience: segment });
    const at = firstRule(root, table, name);
    if (at < from || at > last)
      return [
        `${nameOf(root)} does not name ${name} in its place above the others: it needs a rule there with match ` +
          JSON.stringify(matches.map((match) => requestMatch(match))),
      ];
    from = at;
    const asked = rulesOf(root)[at]?.match ?? [];
    if (asksFor(asked, matches)) return [];
    return [`${nameOf(root)} asks for other claims than those of the segment "${segment}"`];
  });
}

function asksFor(asked: readonly HttpMatch[], wanted: readonly RequestMatch[]): boolean {
  const terms = wanted.map((match) => requestMatch(match).headers ?? {});
  const holds = ({ headers = {} }: HttpMatch, term: object): boolean =>
    Object.entries(term).every(([name, value]) => isSameJson(headers[name], value));
  return (
    asked.length > 0 &&
    asked.every((match) => terms.some((term) => holds(match, term))) &&
    terms.every((term) => asked.some((match) => holds(match, term)))
  );
}
