import { type Image, stateKey } from '../domain/image.js';
import type { RouteTable } from '../domain/route-table.js';
import { isSameJson } from '../domain/same-json.js';
import type { Store } from '../ports/store.js';
import type { Term } from './term.js';

/** A table that stands in the mesh, and the version that it returns to. */
export interface Applied {
  readonly table: RouteTable;
  readonly home: string;
}

/** State `standing/<route>`: what may stand, the latest last. Which one does, the mesh tells by its revision. */
interface Kept {
  readonly tables: readonly Applied[];
}

/**
 * The table of each route that stands in the mesh, kept in the store, so that the end of a rollout needn't wait for
 * anything under a leader that didn't write that table itself.
 */
export class StandingTables {
  constructor(
    private readonly store: Store,
    private readonly term: Term,
  ) {}

  /** `applied` is the token of what stands in the mesh; undefined where that table isn't known. */
  of(image: Image, route: string, applied: string | null): Applied | undefined {
    return keptIn(image, route).findLast(({ table }) => table.revision === applied);
  }

  /**
   * To be called before a table is written: whoever dies during the write leaves both, the one that stands by then and
   * the one that was to be. With `anew` the store is asked even where it has that: it refuses who has lost the lease.
   */
  async intend(
    image: Image,
    next: Applied,
    { applied, anew }: { readonly applied: string | null; readonly anew: boolean },
  ): Promise<void> {
    const { route } = next.table;
    const before = this.of(image, route, applied);
    const tables = before === undefined || isSameJson(before, next) ? [next] : [before, next];
    if (anew || !isSameJson(keptIn(image, route), tables)) await this.#write(route, { tables });
  }

  /** What stands was found to be `applied`, whoever wrote it. */
  async found(image: Image, applied: Applied): Promise<void> {
    const { route, revision } = applied.table;
    if (!isSameJson(this.of(image, route, revision), applied)) {
      await this.#write(route, { tables: [applied] });
    }
  }

  /** Writes what is kept once more: the store refuses who has lost the lease, before anything is taken away. */
  async confirm(image: Image, route: string): Promise<void> {
    const tables = keptIn(image, route);
    await this.#write(route, tables.length > 0 ? { tables } : null);
  }

  async forget(image: Image, route: string): Promise<void> {
    if (image.states.has(stateKey.standing(route))) await this.#write(route, null);
  }

  async #write(route: string, value: Kept | null): Promise<void> {
    const { environment, lease } = this.term;
    await this.store.writeState(environment, { key: stateKey.standing(route), value }, lease);
  }
}

function keptIn(image: Image, route: string): readonly Applied[] {
  const kept = image.states.get(stateKey.standing(route))?.value as Kept | undefined;
  return kept?.tables ?? [];
}
