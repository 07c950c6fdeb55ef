import type { KubernetesObject } from './resource.js';

/** What happened to an object; `before` is how it was. */
export interface ObjectEvent<T> {
  readonly type: 'added' | 'changed' | 'removed';
  readonly object: T;
  readonly before?: T;
}

interface Entry<T> {
  readonly object: T;
  readonly version: string | undefined;
}

/** Objects by namespace and name, each as `pick` leaves it; every edit answers what it was. */
export class ObjectCache<T extends KubernetesObject> {
  readonly #entries = new Map<string, Entry<T>>();

  constructor(private readonly pick: (object: T) => T) {}

  get(namespace: string, name: string): T | undefined {
    return this.#entries.get(`${namespace}/${name}`)?.object;
  }

  list(): readonly T[] {
    return [...this.#entries.values()].map(({ object }) => object);
  }

  /** Null where that very version is here already. */
  put(whole: T): ObjectEvent<T> | null {
    const key = keyOf(whole);
    const before = this.#entries.get(key);
    const version = whole.metadata.resourceVersion;
    if (before !== undefined && version !== undefined && before.version === version) return null;
    const object = this.pick(whole);
    this.#entries.set(key, { object, version });
    return before === undefined
      ? { type: 'added', object }
      : { type: 'changed', object, before: before.object };
  }

  remove(whole: T): ObjectEvent<T> | null {
    const key = keyOf(whole);
    const before = this.#entries.get(key);
    if (before === undefined) return null;
    this.#entries.delete(key);
    return { type: 'removed', object: this.pick(whole), before: before.object };
  }

  /** Holds exactly `items` from now on. */
  replace(items: readonly T[]): readonly ObjectEvent<T>[] {
    const kept = new Set(items.map(keyOf));
    const gone = [...this.#entries.values()].filter(({ object }) => !kept.has(keyOf(object)));
    const events = [
      ...gone.map(({ object }) => this.remove(object)),
      ...items.map((object) => this.put(object)),
    ];
    return events.filter((event) => event !== null);
  }
}

function keyOf({ metadata: { namespace = '', name } }: KubernetesObject): string {
  return `${namespace}/${name}`;
}
