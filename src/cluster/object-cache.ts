import type { KubernetesObject } from './resource.js';

/** What happened to an object; `before` is how it was. */
export interface ObjectEvent<T> {
  readonly type: 'added' | 'changed' | 'removed';
  readonly object: T;
  readonly before?: T;
}

/** Under which name an object can be looked up with others; none by undefined. */
export type Index<T> = (object: T) => string | undefined;

/** Objects by namespace and name, and by what `index` says of them; every edit answers what it was. */
export class ObjectCache<T extends KubernetesObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexed = new Map<string, Map<string, T>>();

  constructor(private readonly index: Index<T> = () => undefined) {}

  get(namespace: string, name: string): T | undefined {
    return this.#objects.get(`${namespace}/${name}`);
  }

  list(): readonly T[] {
    return [...this.#objects.values()];
  }

  /** All objects that the index has under a name. */
  listAt(name: string): readonly T[] {
    return [...(this.#indexed.get(name)?.values() ?? [])];
  }

  /** Null where that very version is here already. */
  put(object: T): ObjectEvent<T> | null {
    const key = keyOf(object);
    const before = this.#objects.get(key);
    const version = object.metadata.resourceVersion;
    if (before !== undefined && version !== undefined && before.metadata.resourceVersion === version)
      return null;
    this.#unindex(key, before);
    this.#objects.set(key, object);
    this.#enter(key, object);
    return before === undefined ? { type: 'added', object } : { type: 'changed', object, before };
  }

  remove(object: T): ObjectEvent<T> | null {
    const key = keyOf(object);
    const before = this.#objects.get(key);
    if (before === undefined) return null;
    this.#unindex(key, before);
    this.#objects.delete(key);
    return { type: 'removed', object, before };
  }

  /** Holds exactly `items` from now on. */
  replace(items: readonly T[]): readonly ObjectEvent<T>[] {
    const kept = new Set(items.map(keyOf));
    const gone = [...this.#objects.values()].filter((object) => !kept.has(keyOf(object)));
    const events = [...gone.map((object) => this.remove(object)), ...items.map((object) => this.put(object))];
    return events.filter((event) => event !== null);
  }

  #enter(key: string, object: T): void {
    const name = this.index(object);
    if (name === undefined) return;
    const others = this.#indexed.get(name) ?? new Map<string, T>();
    this.#indexed.set(name, others.set(key, object));
  }

  #unindex(key: string, before: T | undefined): void {
    const name = before && this.index(before);
    if (name === undefined) return;
    const others = this.#indexed.get(name);
    others?.delete(key);
    if (others?.size === 0) this.#indexed.delete(name);
  }
}

function keyOf({ metadata: { namespace = '', name } }: KubernetesObject): string {
  return `${namespace}/${name}`;
}
