/** Changes that lie over a map before both become one: each change copies these, and none of the rest. */
const OVERLAID = 128;

/** A map that does not change; what comes after an edit is another one, which shares the rest. Values are never null. */
export class OverlaidMap<V> implements ReadonlyMap<string, V> {
  readonly size: number;

  /** `over`: what stands in place of `base`; null: it is gone. */
  private constructor(
    private readonly base: ReadonlyMap<string, V>,
    private readonly over: ReadonlyMap<string, V | null>,
  ) {
    let size = base.size;
    for (const [key, value] of over) size += Number(value !== null) - Number(base.has(key));
    this.size = size;
  }

  /** Of a map, which is taken as it stands and not to be changed any more, or of entries. */
  static of<V>(entries: ReadonlyMap<string, V> | Iterable<readonly [string, V]>): OverlaidMap<V> {
    return new OverlaidMap(entries instanceof Map ? entries : new Map(entries), new Map());
  }

  /** The map after some edits, the last of a key counts; null takes it away. */
  with(edits: Iterable<readonly [string, V | null]>): OverlaidMap<V> {
    const over = new Map(this.over);
    for (const [key, value] of edits) over.set(key, value);
    const next = new OverlaidMap(this.base, over);
    return over.size <= OVERLAID ? next : OverlaidMap.of(next);
  }

  get(key: string): V | undefined {
    const value = this.over.get(key);
    return value === undefined ? this.base.get(key) : (value ?? undefined);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  forEach(told: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this) told(value, key, this);
  }

  *entries(): MapIterator<[string, V]> {
    for (const [key, value] of this.base) {
      const other = this.over.get(key);
      if (other === undefined) yield [key, value];
      else if (other !== null) yield [key, other];
    }
    for (const [key, value] of this.over) if (value !== null && !this.base.has(key)) yield [key, value];
  }

  *keys(): MapIterator<string> {
    for (const [key] of this) yield key;
  }

  *values(): MapIterator<V> {
    for (const [, value] of this) yield value;
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }
}
