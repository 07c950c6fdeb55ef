import type { Route, Segment } from '@tidegate/sdk/engine';
import type { Environment, Settings } from './environment.js';
import type { StoredFlag } from './flag.js';
import type { Guard } from './guard.js';
import { OverlaidMap } from './overlaid-map.js';
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

/** Read-only view of all documents of one scope. Views are values: `with` gives another one, at the cost of the edits. */
export class Documents {
  readonly #byName: OverlaidMap<Stored>;

  /** Of documents; a map of them has each by its name, and is taken as it stands. */
  constructor(all: Iterable<Stored> | ReadonlyMap<string, Stored>) {
    if (all instanceof OverlaidMap) this.#byName = all;
    else if (all instanceof Map) this.#byName = OverlaidMap.of(all as ReadonlyMap<string, Stored>);
    else this.#byName = OverlaidMap.of([...(all as Iterable<Stored>)].map((d) => [ref(d.kind, d.key), d]));
  }

  get<K extends Kind>(kind: K, key: string): Stored<K> | undefined {
    return this.#byName.get(ref(kind, key)) as Stored<K> | undefined;
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

  all(): Iterable<Stored> {
    return this.#byName.values();
  }

  /** The view after `edits`, each document written at `revision`. */
  with(edits: readonly Edit[], revision: number): Documents {
    const written = edits.map(
      ({ kind, key, value }) =>
        [ref(kind, key), value === null ? null : { kind, key, revision, value }] as const,
    );
    return new Documents(this.#byName.with(written));
  }
}
