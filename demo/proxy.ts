import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, request as forward } from 'node:http';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/**
 * A proxy that obeys nothing but the YAML in a folder, as a sidecar obeys Istio: `node proxy.js <folder> <json>`, where
 * the JSON maps a `version` label to a port of this machine. It knows VirtualServices bound to `mesh` and their
 * DestinationRules: first match wins, regular expressions match whole values.
 */
interface StringMatch {
  readonly exact?: string;
  readonly prefix?: string;
  readonly regex?: string;
}
interface Match {
  readonly headers?: { readonly [name: string]: StringMatch };
  readonly withoutHeaders?: { readonly [name: string]: StringMatch };
}
interface Rule {
  readonly match?: readonly Match[];
  readonly route: readonly {
    readonly destination: { readonly host: string; readonly subset: string };
    readonly weight?: number;
  }[];
}
interface Resource {
  readonly kind: string;
  readonly spec: {
    readonly host?: string;
    readonly hosts?: readonly string[];
    readonly gateways?: readonly string[];
    readonly http?: readonly Rule[];
    readonly subsets?: readonly { readonly name: string; readonly labels: { readonly version?: string } }[];
  };
}

const [folder = '.', ports = '{}'] = process.argv.slice(2);
const portOf = JSON.parse(ports) as Record<string, number>;
let resources: readonly Resource[] = [];
let seen = '';

function readFolder(): void {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  const stamp = files.map((name) => `${name}:${statSync(join(folder, name)).mtimeMs}`).join();
  if (stamp === seen) return;
  const texts = files.map((name) => readFileSync(join(folder, name), 'utf8'));
  resources = texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as Resource));
  seen = stamp;
}

function matchesString(value: string | undefined, match: StringMatch): boolean {
  if (value === undefined) return false;
  if (match.exact !== undefined) return value === match.exact;
  if (match.prefix !== undefined) return value.startsWith(match.prefix);
  return match.regex === undefined || new RegExp(`^(?:${match.regex})$`).test(value);
}

function matches(
  headers: IncomingHttpHeaders,
  { headers: wanted = {}, withoutHeaders: unwanted = {} }: Match,
): boolean {
  const value = (name: string): string | undefined => headers[name]?.toString();
  return (
    Object.entries(wanted).every(([name, match]) => matchesString(value(name), match)) &&
    Object.entries(unwanted).every(([name, match]) => !matchesString(value(name), match))
  );
}

function pick(rule: Rule): Rule['route'][number] | undefined {
  const total = rule.route.reduce((sum, { weight = 0 }) => sum + weight, 0);
  let left = Math.random() * total;
  return rule.route.length === 1 ? rule.route[0] : rule.route.find(({ weight = 0 }) => (left -= weight) < 0);
}

function upstream(headers: IncomingHttpHeaders): number | undefined {
  const host = headers.host ?? '';
  const service = resources.find(
    ({ kind, spec }) =>
      kind === 'VirtualService' && spec.hosts?.includes(host) && spec.gateways?.includes('mesh'),
  );
  const rule = service?.spec.http?.find(
    ({ match }) => match === undefined || match.some((one) => matches(headers, one)),
  );
  const subset = rule && pick(rule)?.destination.subset;
  const destination = resources.find(({ kind, spec }) => kind === 'DestinationRule' && spec.host === host);
  const version = destination?.spec.subsets?.find(({ name }) => name === subset)?.labels.version;
  return version === undefined ? undefined : portOf[version];
}

readFolder();
setInterval(readFolder, 100).unref();

const server = createServer((incoming, outgoing) => {
  const port = upstream(incoming.headers);
  if (port === undefined) {
    outgoing.writeHead(404).end();
    return;
  }
  const { method, url, headers } = incoming;
  const onward = forward({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.writeHead(503).end());
  incoming.pipe(onward);
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : null });
});
process.on('disconnect', () => process.exit(0));
