import type { Documents, Kind, Stored } from './documents.js';
import type { StoredFlag } from './flag.js';
import { referencesOf, type Reference } from './references.js';
import { isExpired } from './staleness.js';

/** Kinds that are searched. */
export const SEARCHED = ['flag', 'segment', 'route', 'rollout', 'guard'] as const;
export type SearchedKind = (typeof SEARCHED)[number];

/** How a document matches a text: its key is the text, begins with it, or holds it; or its words do. */
export const MATCHES = ['exact', 'prefix', 'key', 'text'] as const;
export type Match = (typeof MATCHES)[number];

/** What is sought; what is not given doesn't matter. Tag, owner, type, lifetime and expired are of flags alone. */
export interface SearchQuery {
  /** Part of key, description, owner or a tag, any case. */
  readonly text?: string | null;
  readonly kinds?: readonly SearchedKind[] | null;
  readonly tag?: string | null;
  readonly owner?: string | null;
  readonly type?: string | null;
  readonly lifetime?: string | null;
  /** Whether `expiresAt` has passed. */
  readonly expired?: boolean | null;
  /** True: the archived flags, and no others. They are left out otherwise. */
  readonly archived?: boolean | null;
  /** Only documents that name this one. */
  readonly refersTo?: { readonly kind: SearchedKind; readonly key: string } | null;
}

export interface Hit {
  readonly stored: Stored<SearchedKind>;
  readonly match: Match;
  /** Where it stands among others: sorts as hits do. */
  readonly place: string;
}

/** What of a document is looked at, made once for each of its forms. */
interface Entry {
  readonly key: string;
  readonly words: string;
  readonly references: readonly Reference[];
}

const entries = new WeakMap<Stored, Entry>();

/** Documents that fit a query at `now` (epoch ms), best match first, then by kind and key. */
export function search(documents: Documents, query: SearchQuery, now: number): Hit[] {
  const text = (query.text ?? '').trim().toLowerCase();
  const kinds = new Set<Kind>(query.kinds ?? SEARCHED);
  const hits: Hit[] = [];
  for (const stored of documents.all()) {
    if (!kinds.has(stored.kind) || !isSearched(stored)) continue;
    const match = matchOf(entryOf(stored), text);
    if (match !== null && fits(stored, query, now))
      hits.push({ stored, match, place: placeOf(stored, match) });
  }
  return hits.sort((a, b) => (a.place < b.place ? -1 : 1));
}

function placeOf({ kind, key }: Stored<SearchedKind>, match: Match): string {
  return `${MATCHES.indexOf(match)}${SEARCHED.indexOf(kind)}${key}`;
}

function isSearched(stored: Stored): stored is Stored<SearchedKind> {
  return (SEARCHED as readonly Kind[]).includes(stored.kind);
}

function matchOf({ key, words }: Entry, text: string): Match | null {
  if (key === text) return 'exact';
  if (key.startsWith(text)) return 'prefix';
  if (key.includes(text)) return 'key';
  return words.includes(text) ? 'text' : null;
}

function fits(stored: Stored<SearchedKind>, query: SearchQuery, now: number): boolean {
  return (
    refersTo(stored, query) && isArchivedAs(stored, query.archived === true) && fitsFlag(stored, query, now)
  );
}

function isArchivedAs({ value }: Stored<SearchedKind>, archived: boolean): boolean {
  return ((value as Partial<StoredFlag>).archived === true) === archived;
}

function fitsFlag(stored: Stored<SearchedKind>, query: SearchQuery, now: number): boolean {
  const { tag, owner, type, lifetime, expired } = query;
  if ([tag, owner, type, lifetime, expired].every((wanted) => wanted == null)) return true;
  return stored.kind === 'flag' && isFlagAsWanted(stored.value as StoredFlag, query, now);
}

function isFlagAsWanted(
  flag: StoredFlag,
  { tag, owner, type, lifetime, expired }: SearchQuery,
  now: number,
): boolean {
  return (
    (tag == null || flag.tags.includes(tag)) &&
    isWanted(owner, flag.owner) &&
    isWanted(type, flag.type) &&
    isWanted(lifetime, flag.lifetime) &&
    (expired == null || expired === isExpired(flag, now))
  );
}

function isWanted(wanted: string | null | undefined, is: string): boolean {
  return wanted == null || wanted === is;
}

function refersTo(stored: Stored<SearchedKind>, { refersTo: named }: SearchQuery): boolean {
  return (
    named == null ||
    entryOf(stored).references.some(({ kind, key }) => kind === named.kind && key === named.key)
  );
}

function entryOf(stored: Stored<SearchedKind>): Entry {
  const known = entries.get(stored);
  if (known !== undefined) return known;
  const { key, value } = stored;
  const { owner = '', tags = [] } = value as Partial<StoredFlag>;
  const words = [(value as Partial<StoredFlag>).description ?? '', owner, ...tags].join('\n').toLowerCase();
  const entry = { key: key.toLowerCase(), words, references: referencesOf(stored) };
  entries.set(stored, entry);
  return entry;
}
