import type { Route, Segment } from '@tidegate/sdk/engine';
import type { Environment, Settings } from './environment.js';
import type { StoredFlag } from './flag.js';
import type { Guard } from './guard.js';
import type { Rollout } from './rollout.js';
import type { Token } from './token.js';

/** Kinds of configuration document, and the type of each. `environment` and `token` live in the registry only. */
export interface DocumentTypes {
  flag: StoredFlag;
  segment: Segment;
  route: Route;
  guard: Guard;
  rollout: Rollout;
  settings: Settings;
  environment: Environment;
  token: Token;
}

export type Kind = keyof DocumentTypes;
export type DocumentOf<K extends Kind> = DocumentTypes[K];
export type AnyDocument = DocumentTypes[Kind];

/** Names a document within its environment (or the registry): `flag/new-checkout`. */
export type Ref = `${Kind}/${string}`;

/** A document as stored; `revision` is the scope's revision that last wrote it. */
export interface Stored<K extends Kind = Kind> {
  readonly kind: K;
  readonly key: string;
  readonly revision: number;
  readonly value: DocumentTypes[K];
}

/** Writes a document, or deletes it where `value` is null. */
export type Edit = {
  [K in Kind]: { readonly kind: K; readonly key: string; readonly value: DocumentTypes[K] | null };
}[Kind];

export function ref(kind: Kind, key: string): Ref {
  return `${kind}/${key}`;
}

/** Documents that one view may differ in from the base that it shares with others; a look-up asks both. */
const OVERLAID = 64;

/** Read-only view of all documents of one scope. Views are values: `with` gives another one, at the cost of the edits. */
export class Documents {
  readonly #base: ReadonlyMap<string, Stored>;
  /** What differs from the base; null = deleted. */
  readonly #over: ReadonlyMap<string, Stored | null>;

  constructor(
    all: Iterable<Stored> | ReadonlyMap<string, Stored>,
    over: ReadonlyMap<string, Stored | null> = NONE,
  ) {
    this.#base =
      all instanceof Map
        ? (all as ReadonlyMap<string, Stored>)
        : new Map([...(all as Iterable<Stored>)].map((d) => [ref(d.kind, d.key), d]));
    this.#over = over;
  }

  get<K extends Kind>(kind: K, key: string): Stored<K> | undefined {
    const name = ref(kind, key);
    const over = this.#over.get(name);
    return (over === undefined ? this.#base.get(name) : (over ?? undefined)) as Stored<K> | undefined;
  }

  value<K extends Kind>(kind: K, key: string): DocumentTypes[K] | undefined {
    return this.get(kind, key)?.value;
  }

  /** All documents of a kind, by key in code-unit order. */
  list<K extends Kind>(kind: K): Stored<K>[] {
    const found: Stored<K>[] = [];
    for (const document of this.all()) if (document.kind === kind) found.push(document as Stored<K>);
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** How many documents of a kind there are. */
  count(kind: Kind): number {
    let found = 0;
    for (const document of this.all()) if (document.kind === kind) found += 1;
    return found;
  }

  *all(): Iterable<Stored> {
    for (const [name, document] of this.#base) {
      const over = this.#over.get(name);
      if (over === undefined) yield document;
      else if (over !== null) yield over;
    }
    for (const [name, document] of this.#over) if (document !== null && !this.#base.has(name)) yield document;
  }

  /** The view after `edits`, each document written at `revision`. */
  with(edits: readonly Edit[], revision: number): Documents {
    const over = new Map(this.#over);
    for (const edit of edits) {
      const { kind, key, value } = edit;
      over.set(ref(kind, key), value === null ? null : { kind, key, revision, value });
    }
    if (over.size <= OVERLAID) return new Documents(this.#base, over);
    return new Documents(merged(this.#base, over));
  }
}

const NONE: ReadonlyMap<string, null> = new Map();

function merged(
  base: ReadonlyMap<string, Stored>,
  over: ReadonlyMap<string, Stored | null>,
): ReadonlyMap<string, Stored> {
  const all = new Map(base);
  for (const [name, document] of over) {
    if (document === null) all.delete(name);
    else all.set(name, document);
  }
  return all;
}
