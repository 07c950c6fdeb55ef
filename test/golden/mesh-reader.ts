import { RE2JS } from 're2js';
import { parseAllDocuments } from 'yaml';

/** A request as a proxy sees it. `claims` are those of a token that the gateway verified. */
export interface ProxyRequest {
  /** `namespace/name` of the gateway that it came in by, or `mesh`. */
  gateway: string;
  host: string;
  method?: string;
  /** With the query, as it stands in the request. */
  path?: string;
  /** By lower-case name. */
  headers: Record<string, string>;
  claims?: Record<string, unknown>;
}

type StringMatch = { exact?: string; prefix?: string; regex?: string };
type HeaderMatches = Record<string, StringMatch>;
type Match = {
  headers?: HeaderMatches;
  withoutHeaders?: HeaderMatches;
  queryParams?: HeaderMatches;
  uri?: StringMatch;
  method?: StringMatch;
};
type Route = { destination: { host: string; subset: string }; weight?: number };
type Rule = { name: string; match?: Match[]; route: Route[] };
type Service = { hosts: string[]; gateways: string[]; http: Rule[] };
type Subsets = { host: string; subsets: { name: string; labels: Record<string, string> }[] };
type Document = { kind: string; spec: unknown };

const claimPrefix = '@request.auth.claims';
const compiled = new Map<string, RE2JS>();

function fitsWhole(text: string, regex: string): boolean {
  const known = compiled.get(regex) ?? RE2JS.compile(regex);
  compiled.set(regex, known);
  return known.matches(text);
}

function fits(text: string, { exact, prefix, regex }: StringMatch): boolean {
  if (exact !== undefined) return text === exact;
  if (prefix !== undefined) return text.startsWith(prefix);
  return regex === undefined || fitsWhole(text, regex);
}

function claimAt(claims: unknown, key: string): unknown {
  const path = key.startsWith('[') ? key.slice(1, -1).split('][') : key.slice(1).split('.');
  return path.reduce<unknown>(
    (value, name) => (value as Record<string, unknown> | undefined)?.[name],
    claims,
  );
}

function holds(request: WholeRequest, [name, match]: [string, StringMatch]): boolean {
  const headers: Record<string, string> = { ...request.headers, ':authority': request.host };
  if (!name.startsWith(claimPrefix)) return name in headers && fits(headers[name] ?? '', match);
  const claim = claimAt(request.claims, name.slice(claimPrefix.length));
  return [claim].flat().some((item) => typeof item === 'string' && fits(item, match));
}

/** A missing header reads as an empty one, unless the question is whether there is one. */
function isAbsent(request: WholeRequest, [name, match]: [string, StringMatch]): boolean {
  const headers = {
    ...request.headers,
    ':path': request.path,
    ':method': request.method,
    ':authority': request.host,
  };
  const asksPresence = match.exact === undefined && match.regex === undefined;
  const text = Object.entries(headers).find(([one]) => one === name)?.[1];
  return asksPresence ? text === undefined : !fits(text ?? '', match);
}

/** Of several parameters of one name a proxy reads the first, undecoded. */
function asks(path: string, [name, match]: [string, StringMatch]): boolean {
  const pairs = path.split('?')[1]?.split('&') ?? [];
  const found = pairs.map((pair) => pair.split('=')).find(([one]) => one === name);
  return found !== undefined && fits(found[1] ?? '', match);
}

function fitsLine({ path, method }: WholeRequest, match: Pick<Match, 'uri' | 'method'>): boolean {
  return fits(path.split('?')[0] ?? '', match.uri ?? {}) && fits(method, match.method ?? {});
}

/** `statPrefix` says where a request is counted, and asks nothing of it. */
const FIELDS = new Set(['headers', 'withoutHeaders', 'queryParams', 'uri', 'method', 'statPrefix']);

function matches(request: WholeRequest, match: Match): boolean {
  const unknown = Object.keys(match).filter((field) => !FIELDS.has(field));
  if (unknown.length > 0) throw new Error(`unknown match ${unknown.join()}`);
  const { headers = {}, withoutHeaders = {}, queryParams = {} } = match;
  return (
    fitsLine(request, match) &&
    Object.entries(headers).every((one) => holds(request, one)) &&
    Object.entries(withoutHeaders).every((one) => isAbsent(request, one)) &&
    Object.entries(queryParams).every((one) => asks(request.path, one))
  );
}

/** Labels of the pods that a request is sent to, and weights where there are several. */
export type Destinations = { labels: Record<string, string>; weight: number }[];

type WholeRequest = Required<ProxyRequest>;

/** A mesh that obeys the text: where it sends a request, or null for nowhere (404). */
export function readMesh(text: string): (request: ProxyRequest) => Destinations | null {
  const documents = [...parseAllDocuments(text, { version: '1.1' })].map((one) => one.toJS() as Document);
  const specs = <T>(kind: string) => documents.filter((one) => one.kind === kind).map((one) => one.spec as T);
  const services = specs<Service>('VirtualService');
  const subsets = specs<Subsets>('DestinationRule');
  return (given) => {
    const request = { method: 'GET', path: '/', claims: {}, ...given };
    const service = services.find(
      ({ hosts, gateways }) => gateways.includes(request.gateway) && hosts.includes(request.host),
    );
    const rule = service?.http.find(({ match }) => !match || match.some((one) => matches(request, one)));
    if (!rule) return null;
    return rule.route.map(({ destination: { host, subset }, weight = 1 }) => {
      const of = subsets.find((one) => one.host === host);
      const labels = of?.subsets.find(({ name }) => name === subset)?.labels;
      if (!labels) throw new Error(`no subset ${subset} of ${host}`);
      return { labels, weight };
    });
  };
}
