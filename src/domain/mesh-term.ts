import { literal } from './operators/literal.js';
import type { TextMatch } from './operators/operator.js';
import {
  type ClaimMatch,
  type HeaderMatch,
  type MethodMatch,
  type PathMatch,
  type RequestMatch,
  SEGMENT_HEADER,
} from './route-table.js';

/**
 * One way to match a request, while it is put together. The mesh takes one match per header, one `without` per header and
 * one match per claim, so what asks of the same is merged here, or refused.
 */
export interface MeshTerm {
  readonly headers: ReadonlyMap<string, TextMatch>;
  readonly without: ReadonlyMap<string, readonly TextMatch[]>;
  /** By cookie name; the pattern is of its value. */
  readonly cookies: ReadonlyMap<string, { readonly value: string }>;
  readonly claims: ReadonlyMap<string, ClaimMatch>;
  /** Segments that the caller must be in (inside the mesh). */
  readonly segments: ReadonlySet<string>;
  /** By the parameter's name. */
  readonly query: ReadonlyMap<string, TextMatch>;
  readonly path: PathMatch | null;
  readonly method: MethodMatch | null;
}

const NONE: MeshTerm = {
  headers: new Map(),
  without: new Map(),
  cookies: new Map(),
  claims: new Map(),
  segments: new Set(),
  query: new Map(),
  path: null,
  method: null,
};

/** The term that matches every request, or, with `parts`, those that meet them. */
export function termOf(parts: Partial<MeshTerm> = {}): MeshTerm {
  return { ...NONE, ...parts };
}

export type Joined = MeshTerm | 'never' | { readonly reason: string };

/** Both at once: a term, `'never'` where no request can be both, or why the mesh can't ask for it. */
export function join(a: MeshTerm, b: MeshTerm): Joined {
  const joined = {
    header: joinMaps(a.headers, b.headers, bothTexts),
    cookie: joinMaps(a.cookies, b.cookies, (left, right) => (left.value === right.value ? left : null)),
    claim: joinMaps(a.claims, b.claims, (left, right) => (sameText(left, right) ? left : null)),
    parameter: joinMaps(a.query, b.query, bothTexts),
    path: joinMaps(named(a.path), named(b.path), bothPaths),
    method: joinMaps(named(a.method), named(b.method), bothTexts),
  };
  if (Object.values(joined).includes('never')) return 'never';
  const [clash] = Object.entries(joined).find(([, parts]) => parts === null) ?? [];
  if (clash !== undefined) return { reason: `asks two things of one ${clash}` };
  const without = joinMaps(a.without, b.without, (left, right) => [...left, ...right]);
  return {
    headers: mapOf(joined.header),
    cookies: mapOf(joined.cookie),
    claims: mapOf(joined.claim),
    query: mapOf(joined.parameter),
    path: mapOf(joined.path).get('') ?? null,
    method: methodOf(mapOf(joined.method).get('')),
    without: mapOf(without),
    segments: new Set([...a.segments, ...b.segments]),
  };
}

type JoinedMap<V> = ReadonlyMap<string, V> | 'never' | null;

function mapOf<V>(joined: JoinedMap<V>): ReadonlyMap<string, V> {
  return joined === 'never' || joined === null ? new Map() : joined;
}

/** What there is one of, under no name. */
function named<V>(value: V | null): ReadonlyMap<string, V> {
  return value === null ? new Map() : new Map([['', value]]);
}

function methodOf(match: TextMatch | undefined): MethodMatch | null {
  return match === undefined || match.kind === 'present' ? null : match;
}

function bothPaths(a: PathMatch, b: PathMatch): PathMatch | 'never' | null {
  if (a.kind === b.kind && a.value === b.value) return a;
  if (a.kind === 'exact') return fitsPath(a.value, b) ? a : 'never';
  if (b.kind === 'exact') return bothPaths(b, a);
  if (a.kind === 'regex' || b.kind === 'regex') return null;
  if (a.value.startsWith(b.value)) return a;
  return b.value.startsWith(a.value) ? b : 'never';
}

function fitsPath(path: string, match: PathMatch): boolean {
  if (match.kind === 'prefix') return path.startsWith(match.value);
  return fits(path, { kind: match.kind, value: match.value });
}

function joinMaps<V extends object>(
  a: ReadonlyMap<string, V>,
  b: ReadonlyMap<string, V>,
  both: (left: V, right: V) => V | 'never' | null,
): JoinedMap<V> {
  const joined = new Map(a);
  for (const [name, value] of b) {
    const standing = joined.get(name);
    const next = standing === undefined ? value : both(standing, value);
    if (next === null || next === 'never') return next;
    joined.set(name, next);
  }
  return joined;
}

function sameText(a: TextMatch | ClaimMatch, b: TextMatch | ClaimMatch): boolean {
  return a.kind === b.kind && (a.kind === 'present' || (b.kind !== 'present' && a.value === b.value));
}

function bothTexts(a: TextMatch, b: TextMatch): TextMatch | 'never' | null {
  if (a.kind === 'present') return b;
  if (b.kind === 'present' || sameText(a, b)) return a;
  if (a.kind === 'exact') return fits(a.value, b) ? a : 'never';
  return b.kind === 'exact' ? bothTexts(b, a) : null;
}

/** Whether a header with this text matches. */
export function fits(text: string, match: TextMatch): boolean {
  if (match.kind === 'present') return true;
  return match.kind === 'exact' ? match.value === text : new RegExp(`^(?:${match.value})$`, 'u').test(text);
}

const MOST_IN_ANY_ORDER = 3;

/** The term as the mesh takes it, or why it can't. */
export function requestMatch(term: MeshTerm): RequestMatch | { readonly reason: string } {
  const headers: HeaderMatch[] = [...term.headers].map(([name, match]) => ({ ...match, name }));
  const lists: [string, readonly string[], string][] = [
    [SEGMENT_HEADER, [...term.segments].map(literal), ','],
    ['cookie', [...term.cookies].map(([name, { value }]) => `${literal(name)}=${value}`), ';'],
  ];
  for (const [name, items, separator] of lists) {
    if (items.length === 0) continue;
    if (term.headers.has(name)) return { reason: `asks two things of the header ${name}` };
    if (items.length > MOST_IN_ANY_ORDER)
      return { reason: `asks for more than ${MOST_IN_ANY_ORDER} entries of the header ${name} at once` };
    headers.push({ kind: 'regex', name, value: listing(items, separator) });
  }
  return {
    headers,
    without: [...term.without].map(([name, matches]) => ({ ...anyText(matches), name })),
    claims: [...term.claims.values()],
    ...(term.method !== null && { method: term.method }),
    ...(term.path !== null && { path: term.path }),
    ...(term.query.size > 0 && { query: [...term.query].map(([name, match]) => ({ ...match, name })) }),
  };
}

/** Matches a header that lists all of `items` (patterns of whole entries) in any order, among others. */
export function listing(items: readonly string[], separator: string): string {
  const gap = separator === ';' ? '; ?' : separator;
  const ways = orders(items).map(
    (order) => `(?:.*${gap})?${order.join(`${gap}(?:.*${gap})?`)}(?:${separator}.*)?`,
  );
  return ways.join('|');
}

function orders(items: readonly string[]): string[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) => orders(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

/** One match that fits wherever any of `matches` does. */
function anyText(matches: readonly TextMatch[]): TextMatch {
  const [only] = matches;
  if (only !== undefined && matches.length === 1) return only;
  const patterns = new Set<string>();
  for (const match of matches) {
    if (match.kind === 'present') return match;
    patterns.add(match.kind === 'exact' ? literal(match.value) : match.value);
  }
  return { kind: 'regex', value: [...patterns].map((pattern) => `(?:${pattern})`).join('|') };
}
