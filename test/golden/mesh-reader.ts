import { RE2JS } from 're2js';
import { parseAllDocuments } from 'yaml';

/** A request as a proxy sees it. `claims` are those of a token that the gateway verified. */
export interface ProxyRequest {
  /** `namespace/name` of the gateway that it came in by, or `mesh`. */
  gateway: string;
  host: string;
  /** By lower-case name. */
  headers: Record<string, string>;
  claims?: Record<string, unknown>;
}

type StringMatch = { exact?: string; regex?: string };
type HeaderMatches = Record<string, StringMatch>;
type Match = { headers?: HeaderMatches; withoutHeaders?: HeaderMatches };
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

function fits(text: string, { exact, regex }: StringMatch): boolean {
  if (exact !== undefined) return text === exact;
  return regex === undefined || fitsWhole(text, regex);
}

function claimAt(claims: unknown, key: string): unknown {
  const path = key.startsWith('[') ? key.slice(1, -1).split('][') : key.slice(1).split('.');
  return path.reduce<unknown>(
    (value, name) => (value as Record<string, unknown> | undefined)?.[name],
    claims,
  );
}

function holds({ headers, claims = {} }: ProxyRequest, [name, match]: [string, StringMatch]): boolean {
  if (!name.startsWith(claimPrefix)) return name in headers && fits(headers[name] ?? '', match);
  const claim = claimAt(claims, name.slice(claimPrefix.length));
  return [claim].flat().some((item) => typeof item === 'string' && fits(item, match));
}

/** A missing header reads as an empty one, unless the question is whether there is one. */
function isAbsent({ headers }: ProxyRequest, [name, match]: [string, StringMatch]): boolean {
  const asksPresence = match.exact === undefined && match.regex === undefined;
  return asksPresence ? !(name in headers) : !fits(headers[name] ?? '', match);
}

function matches(request: ProxyRequest, { headers = {}, withoutHeaders = {}, ...unknown }: Match): boolean {
  if (Object.keys(unknown).length > 0) throw new Error(`unknown match ${JSON.stringify(unknown)}`);
  const wanted = Object.entries(headers).every((header) => holds(request, header));
  return wanted && Object.entries(withoutHeaders).every((header) => isAbsent(request, header));
}

/** Labels of the pods that a request is sent to, and weights where there are several. */
export type Destinations = { labels: Record<string, string>; weight: number }[];

/** A mesh that obeys the text: where it sends a request, or null for nowhere (404). */
export function readMesh(text: string): (request: ProxyRequest) => Destinations | null {
  const documents = [...parseAllDocuments(text, { version: '1.1' })].map((one) => one.toJS() as Document);
  const specs = <T>(kind: string) => documents.filter((one) => one.kind === kind).map((one) => one.spec as T);
  const services = specs<Service>('VirtualService');
  const subsets = specs<Subsets>('DestinationRule');
  return (request) => {
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
