import { Usage, type Resolution } from '../engine/index.js';
import type { components } from './wire.types.js';

/** Additions to one series, as they go over the wire. */
export type EventCount = components['schemas']['EventCount'];

/** Series kept at most; what is more is lost. */
const SERIES_LIMIT = 20_000;
const EXPOSURES = 'exposures';

/** Everything counted and not yet taken to be delivered: exposures of flags, and tracked events. */
export class Ledger {
  readonly #usage = new Usage();
  #counts = new Map<string, EventCount>();
  #lost = 0;

  /** Counts one evaluation whose answer was served. Allocates nothing for a resolution seen before. */
  exposed(flag: string, resolution: Resolution): void {
    this.#usage.count(flag, resolution);
  }

  /** Adds an event with its value to the series that the resolution belongs to. */
  track(event: string, flag: string, { rule, variant }: Resolution, value: number): void {
    if (variant !== null) this.#add({ flag, rule, variant, event, count: 1, sum: value });
  }

  /** Takes up to `limit` series out. */
  take(limit: number): EventCount[] {
    for (const { flag, rule, variant, count } of this.#usage.drain()) {
      if (variant !== null) this.#add({ flag, rule, variant, event: EXPOSURES, count, sum: count });
    }
    const taken = [...this.#counts].slice(0, limit);
    if (taken.length === this.#counts.size) this.#counts = new Map();
    else for (const [id] of taken) this.#counts.delete(id);
    return taken.map(([, count]) => count);
  }

  /** How many additions were lost since asked last, because there was no room or their sum was no number. */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  #add(added: EventCount): void {
    const id = JSON.stringify([added.flag, added.rule, added.variant, added.event]);
    const known = this.#counts.get(id);
    const sum = (known?.sum ?? 0) + added.sum;
    if (!Number.isFinite(sum) || (known === undefined && this.#counts.size >= SERIES_LIMIT)) this.#lost += 1;
    else this.#counts.set(id, { ...added, count: (known?.count ?? 0) + added.count, sum });
  }
}
