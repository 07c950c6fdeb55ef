import type { RouteTable } from '../../../domain/route-table.js';
import { isSameJson } from '../../../domain/same-json.js';
import { audienceOf, type Claim, claimsIn, MESH } from './claimed-hosts.js';
import { delegateName } from './delegates.js';
import type { HttpMatch } from './match-overlap.js';
import { nameOf } from './mesh-object.js';
import type { MeshObject } from './mesh-object.js';
import { leadsTo, type RootRule, rulesOf } from './roots.js';

/**
 * VirtualServices among `others` that take the requests which the roots of a table's delegates are there for, as
 * sentences without the full stop: of a host with two, the older one's rules come first at a gateway, and a sidecar obeys
 * the older one alone.
 */
export function rootRivals(table: RouteTable, others: readonly MeshObject[]): readonly string[] {
  const places = (['gateway', 'mesh'] as const).filter((place) => table[place] !== null);
  return places.flatMap((place) => {
    const delegate = { namespace: table.namespace, name: delegateName(table.route, place) };
    const isRoot = (one: MeshObject): boolean => rulesOf(one).some((rule) => isLed(one, rule, delegate));
    const roots = others.filter(isRoot);
    const rivals = others.filter((one) => one.kind === 'VirtualService' && !isRoot(one));
    return roots.flatMap((root) => rivals.flatMap((rival) => takenBy(rival, root, delegate)));
  });
}

interface Named {
  readonly namespace: string;
  readonly name: string;
}

function isLed(root: MeshObject, rule: RootRule, { namespace, name }: Named): boolean {
  return leadsTo(root, rule, namespace, name);
}

function takenBy(rival: MeshObject, root: MeshObject, delegate: Named): string[] {
  const claim = claimsIn(root).find((ours) => claimsIn(rival).some((theirs) => isSameJson(theirs, ours)));
  if (claim === undefined || !isOlder(rival, root) || audienceOf(rival, claim) !== '') return [];
  const rule = rulesOf(root).find((one) => isLed(root, one, delegate));
  const at = claim.place === MESH ? 0 : rulesOf(rival).findIndex((one) => takesAllOf(one, rule, claim));
  if (at < 0) return [];
  const how =
    claim.place === MESH
      ? 'a sidecar obeys it alone'
      : `a gateway asks its rules first, and its rule ${at + 1} takes every request that comes to the rule which names ${delegate.name}`;
  return [
    `${nameOf(rival)} is older than ${nameOf(root)} and routes ${claim.host} at ${claim.place} too: ${how}. ` +
      'Put the rules of both into one of the two, or remove the host from the older one',
  ];
}

/** As Istio sorts them: by time of creation, and of one second by name and namespace. */
function isOlder({ metadata: a }: MeshObject, { metadata: b }: MeshObject): boolean {
  const [one, other] = [a, b].map(({ creationTimestamp }) => Date.parse(creationTimestamp ?? ''));
  if (one !== other) return Number(one) < Number(other);
  return `${a.name}.${a.namespace}` < `${b.name}.${b.namespace}`;
}

/** Rules that take every request come last at a gateway, whoever's they are, so that they hide only one another. */
function takesAllOf(theirs: RootRule, ours: RootRule | undefined, { place }: Claim): boolean {
  const [above, below] = [matchesOf(theirs), matchesOf(ours)].map((matches) =>
    matches.filter(({ gateways = [place] }) => gateways.includes(place)),
  ) as [HttpMatch[], HttpMatch[]];
  return below.length > 0 && below.every((match) => above.some((wider) => holds(wider, match)));
}

function matchesOf(rule: RootRule | undefined): readonly HttpMatch[] {
  const { match = [] } = rule ?? {};
  return match.length > 0 ? match : [{}];
}

function holds(wider: HttpMatch, match: HttpMatch): boolean {
  if (isCatchAll(wider)) return isCatchAll(match);
  const { name: _name, gateways: _gateways, uri, ...rest } = wider as HttpMatch & { readonly name?: string };
  const isInPath = uri === undefined || isWithin(match.uri, uri);
  return isInPath && Object.entries(rest).every(([field, asked]) => asksToo(match, field, asked));
}

function isCatchAll(match: HttpMatch): boolean {
  const { name: _name, gateways: _gateways, uri, ...rest } = match as HttpMatch & { readonly name?: string };
  return Object.keys(rest).length === 0 && (uri === undefined || isEveryPath(uri));
}

type Path = NonNullable<HttpMatch['uri']>;

function isEveryPath(uri: Path): boolean {
  return isSameJson(uri, { prefix: '/' }) || isSameJson(uri, { regex: '.*' });
}

function isWithin(path: Path | undefined, wider: Path): boolean {
  if (isEveryPath(wider) || isSameJson(path, wider)) return true;
  const [text] = Object.entries(path ?? {}).flatMap(([kind, value]) => (kind === 'regex' ? [] : [value]));
  return text !== undefined && 'prefix' in wider && text.startsWith(wider.prefix);
}

/** Whether a match asks for all that another asks for in one of its fields, word for word. */
function asksToo(match: HttpMatch, field: string, asked: unknown): boolean {
  const own = (match as { readonly [field: string]: unknown })[field];
  if (
    typeof asked !== 'object' ||
    asked === null ||
    !['headers', 'queryParams', 'withoutHeaders'].includes(field)
  )
    return isSameJson(own, asked);
  return Object.entries(asked).every(([name, term]) =>
    isSameJson((own as { readonly [name: string]: unknown } | undefined)?.[name], term),
  );
}
