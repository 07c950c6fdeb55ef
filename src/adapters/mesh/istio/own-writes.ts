import { isSameObject, nameOf } from '../istio-objects/mesh-object.js';
import type { MeshObject } from '../istio-objects/mesh-object.js';
import { ownerNameOf } from '../istio-objects/ownership.js';

interface Write {
  readonly owner: string;
  readonly object: MeshObject;
  /** Null where it was removed. */
  readonly version: string | null;
  readonly until: number;
}

/** A watch that has not shown a write by then, ms, has skipped it: something newer stands. */
const LONGEST = 5_000;

/** Writes of ours that the watches have not shown yet: until then a route is read from the API server itself. */
export class OwnWrites {
  readonly #writes = new Map<string, Write>();

  /** `now` is in ms. */
  constructor(private readonly now: () => number = Date.now) {}

  /** `object` was written, and `version` is its version now, null where it was removed; `shown` is what the watch shows. */
  note(object: MeshObject, version: string | null, shown: MeshObject | undefined): void {
    const isShown = (shown?.metadata.resourceVersion ?? null) === version;
    const owner = ownerNameOf(object);
    if (isShown || owner === null) return;
    this.#writes.set(nameOf(object), { owner, object, version, until: this.now() + LONGEST });
  }

  /** Whether a watch shows a write of ours with this object, which then waits no longer. */
  isOurs(object: MeshObject, isRemoved = false): boolean {
    const write = this.#writes.get(nameOf(object));
    const version = isRemoved ? null : object.metadata.resourceVersion;
    if (write === undefined || write.version !== version) return false;
    this.#writes.delete(nameOf(object));
    return true;
  }

  /** Whether a write to the route `<environment>/<route>` has not been shown yet. */
  isPending(owner: string): boolean {
    return this.#pending().some((write) => write.owner === owner);
  }

  /** What a watch shows of a kind, as it is with the writes that it has not shown yet. */
  over(shown: readonly MeshObject[], kind: string): readonly MeshObject[] {
    const pending = this.#pending().filter(({ object }) => object.kind === kind);
    if (pending.length === 0) return shown;
    const others = shown.filter((one) => !pending.some(({ object }) => isSameObject(one, object)));
    return [...others, ...pending.flatMap(({ object, version }) => (version === null ? [] : [object]))];
  }

  #pending(): readonly Write[] {
    for (const [name, write] of this.#writes) if (this.now() >= write.until) this.#writes.delete(name);
    return [...this.#writes.values()];
  }
}
