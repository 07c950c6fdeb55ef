import type { Condition, HttpSettings, Route, RouteMirror, RouteRule } from '@tidegate/sdk/engine';
import { settingsOver } from '../http-settings.js';
import type { RequestMatch, RouteTableEntry } from '../route-table.js';
import { anyOf } from './request-match.js';
import { splitEntries, wholly } from './split-entries.js';

/** A condition as alternatives of request matches at one place of traffic; none means that nobody matches. */
export type TermsOf = (condition: Condition) => readonly RequestMatch[];

function ruleEntries(route: string, rule: RouteRule, termsOf: TermsOf): readonly RouteTableEntry[] {
  const terms = termsOf(rule.condition);
  if (terms.length === 0) return [];
  if ('split' in rule.serve) return splitEntries({ route, id: rule.id, split: rule.serve.split }, terms);
  return [{ name: rule.id, matches: anyOf(terms), destinations: wholly(rule.serve.version) }];
}

function withHttp(entry: RouteTableEntry, http: HttpSettings | null): RouteTableEntry {
  return http === null ? entry : { ...entry, http };
}

/** A version that gets the requests themselves gets no copies of them. */
function mirrored(entry: RouteTableEntry, mirror: RouteMirror | null): RouteTableEntry {
  if (mirror === null || entry.destinations.every(({ version }) => version === mirror.version)) return entry;
  const { version, percent } = mirror;
  return { ...entry, mirror: { version, percent } };
}

function takesEveryRequest({ matches }: RouteTableEntry): boolean {
  return matches.length === 0;
}

function untilEveryRequest(entries: readonly RouteTableEntry[]): readonly RouteTableEntry[] {
  const end = entries.findIndex(takesEveryRequest);
  return entries.slice(0, end + 1);
}

/**
 * The entries of a route at one place of traffic. The last one matches every request; what would stand below it is left
 * out, because a mesh warns of rules that nothing can reach.
 */
export function placeEntries(route: Route, termsOf: TermsOf): readonly RouteTableEntry[] {
  const http = settingsOver(route.http, null);
  if (route.closed !== null)
    return [withHttp({ name: 'closed', matches: [], destinations: wholly(route.closed) }, http)];
  const entries: RouteTableEntry[] = [];
  for (const rule of route.rules) {
    const settings = settingsOver(route.http, rule.http);
    entries.push(...ruleEntries(route.key, rule, termsOf).map((entry) => withHttp(entry, settings)));
    if (entries.some(takesEveryRequest)) break;
  }
  entries.push(withHttp({ name: 'default', matches: [], destinations: wholly(route.default) }, http));
  return untilEveryRequest(entries).map((entry) => mirrored(entry, route.mirror ?? null));
}
