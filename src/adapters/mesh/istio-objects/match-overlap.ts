import type { StringMatch } from './string-match.js';

type Texts = { readonly [name: string]: StringMatch | null | undefined };

/** One match of a rule, as Istio has it: all of it must hold. */
export interface HttpMatch {
  readonly uri?: StringMatch;
  readonly scheme?: StringMatch;
  readonly method?: StringMatch;
  readonly authority?: StringMatch;
  readonly headers?: Texts;
  readonly withoutHeaders?: Texts;
  readonly queryParams?: Texts;
  readonly ignoreUriCase?: boolean;
  readonly sourceNamespace?: string;
  readonly gateways?: readonly string[];
}

/**
 * How Istio joins the match of a root's rule with one of a delegate's. `fits`: requests of both get the delegate's rule.
 * `apart`: no request is of both. `clash`: some requests may be, but Istio can't join the two because of `field`.
 */
export type Overlap =
  { readonly kind: 'fits' | 'apart' } | { readonly kind: 'clash'; readonly field: string };

type Fit = Overlap['kind'];

const FITS: Overlap = { kind: 'fits' };

/** As istiod decides it (`mergeHTTPMatchRequests`), which drops what doesn't fit and says so in its own log alone. */
export function overlap(root: HttpMatch, leaf: HttpMatch): Overlap {
  const pairs = [...plainPairs(root, leaf), ...namedPairs(root, leaf)];
  const found = pairs.map(({ field, a, b, negated }) => ({ field, kind: fitOf(a, b, negated) }));
  if (found.some(({ kind }) => kind === 'apart')) return { kind: 'apart' };
  const field = found.find(({ kind }) => kind === 'clash')?.field ?? oddField(root, leaf);
  return field === undefined ? FITS : { kind: 'clash', field };
}

interface Pair {
  readonly field: string;
  readonly a: StringMatch | null | undefined;
  readonly b: StringMatch | null | undefined;
  readonly negated: boolean;
}

function plainPairs(root: HttpMatch, leaf: HttpMatch): Pair[] {
  const fields = ['uri', 'scheme', 'method', 'authority'] as const;
  return fields.map((field) => ({ field, a: root[field], b: leaf[field], negated: false }));
}

function namedPairs(root: HttpMatch, leaf: HttpMatch): Pair[] {
  const maps = [
    ['headers', 'header'],
    ['withoutHeaders', 'header (without)'],
    ['queryParams', 'query parameter'],
  ] as const;
  return maps.flatMap(([map, word]) =>
    Object.entries(leaf[map] ?? {}).map(([name, b]) => {
      const given = root[map] ?? {};
      const a = Object.hasOwn(given, name) ? given[name] : undefined;
      return { field: `${word} ${name}`, a, b, negated: map === 'withoutHeaders' };
    }),
  );
}

/** Fields of a root that no delegate of ours ever asks for, and that Istio wants to be the same in both. */
function oddField(root: HttpMatch, leaf: HttpMatch): string | undefined {
  if ((root.ignoreUriCase ?? false) !== (leaf.ignoreUriCase ?? false)) return 'ignoreUriCase';
  return root.sourceNamespace ? 'sourceNamespace' : undefined;
}

function fitOf(a: Pair['a'], b: Pair['b'], negated: boolean): Fit {
  if (a == null || b == null) return 'fits';
  const [root, leaf] = [termOf(a), termOf(b)];
  if (!isPlain(root) || !isPlain(leaf)) return 'clash';
  const holds = root.kind === 'exact' ? isSame(root, leaf) : leaf.value.startsWith(root.value);
  if (holds) return 'fits';
  return negated || mayMeet(root, leaf) ? 'clash' : 'apart';
}

interface Term {
  readonly kind: 'exact' | 'prefix' | 'regex';
  readonly value: string;
}

/** Null where only presence is asked for. */
function termOf(match: StringMatch): Term | null {
  const [first] = Object.entries(match) as [Term['kind'], string][];
  return first === undefined || first[1] === '' ? null : { kind: first[0], value: first[1] };
}

function isPlain(term: Term | null): term is Term {
  return term !== null && term.kind !== 'regex';
}

function isSame(one: Term, other: Term): boolean {
  return one.kind === other.kind && one.value === other.value;
}

/** Of texts that don't hold each other as Istio wants it, whether some text is of both all the same. */
function mayMeet(root: Term, leaf: Term): boolean {
  return leaf.kind === 'prefix' && root.value.startsWith(leaf.value);
}
