import { type Contest, type ContestAct, meetEdit, NO_CONTEST, repaired } from '../domain/contest.js';

/** Which table of each route was last made to stand, and how that fares against others who write there. */
export class Contests {
  readonly #tables = new Map<string, { readonly table: string; readonly contest: Contest }>();

  /** `table` stands in the mesh: what differs from now on is somebody else's doing. */
  settled(route: string, table: string): void {
    if (this.#tables.get(route)?.table !== table) this.#tables.set(route, { table, contest: NO_CONTEST });
  }

  /** What to do where the mesh differs from `table` at `now`, ms. A table that has never stood is written at once. */
  meet(route: string, table: string, now: number): ContestAct {
    const known = this.#tables.get(route);
    if (known?.table !== table) return 'repair';
    const { act, contest } = meetEdit(known.contest, now);
    this.#tables.set(route, { table, contest });
    return act;
  }

  /** `table` was written at `now`, ms. */
  wrote(route: string, table: string, now: number): void {
    const known = this.#tables.get(route);
    if (known?.table !== table) this.settled(route, table);
    else this.#tables.set(route, { table, contest: repaired(known.contest, now) });
  }

  forget(route: string): void {
    this.#tables.delete(route);
  }
}
