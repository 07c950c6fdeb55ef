import { Usage, type Resolution, valueBucket } from '../engine/index.js';
import { type BatchLimits, EventBatch, type EventCount } from './event-batch.js';

/** Series kept at most; additions to further ones are lost. */
const SERIES_LIMIT = 100_000;
const EXPOSURES = 'exposures';

interface Series {
  /** Place in the order in which series were begun. */
  readonly ordinal: number;
  readonly name: Omit<EventCount, 'count' | 'sum'>;
  count: number;
  sum: number;
}

/**
 * Everything counted and not yet taken to be delivered: exposures of flags, and tracked events. Its size depends on the
 * flags, variants, rules and events of the configuration, never on contexts.
 */
export class Ledger {
  readonly #usage = new Usage();
  /** By name, the oldest first. */
  readonly #series = new Map<string, Series>();
  #full = Number.POSITIVE_INFINITY;
  #onFull: () => void = nothing;
  #newest = 0;
  #counted = 0;
  #overflow = 0;
  #invalid = 0;

  /** Evaluations and events counted so far, those included that were lost for want of room or of a number. */
  get counted(): number {
    return this.#counted;
  }

  /** Lost so far because there were too many series. */
  get overflow(): number {
    return this.#overflow;
  }

  /** Lost so far because their sum is no number. */
  get invalid(): number {
    return this.#invalid;
  }

  /** Ordinal of the series begun last. */
  get newest(): number {
    return this.#newest;
  }

  /** Ordinal of the oldest series held; Infinity for none. */
  get oldest(): number {
    for (const { ordinal } of this.#series.values()) return ordinal;
    return Number.POSITIVE_INFINITY;
  }

  /** Has `onFull` called whenever an event is tracked while `series` or more are held. */
  tellAt(series: number, onFull: () => void): void {
    this.#full = series;
    this.#onFull = onFull;
  }

  /** Counts one evaluation whose answer was served. Allocates nothing for a resolution seen before. */
  exposed(flag: string, resolution: Resolution): void {
    this.#usage.count(flag, resolution);
  }

  /** Adds an event with its value to the series that the resolution belongs to. */
  track(event: string, flag: string, { rule, variant }: Resolution, value: number): void {
    if (variant === null) return;
    // what is only counted needs no bucket
    const bucket = value === 1 ? {} : { bucket: valueBucket(value) };
    this.#add({ flag, rule, variant, event, ...bucket }, 1, value);
    if (this.#series.size >= this.#full) this.#onFull();
  }

  /** Enters the evaluations counted since into their series. */
  settle(): void {
    for (const { flag, rule, variant, count } of this.#usage.drain()) {
      if (variant !== null) this.#add({ flag, rule, variant, event: EXPOSURES }, count, count);
    }
  }

  /** Takes a batch out, the oldest series first; null where nothing is settled. One series goes, however long. */
  take(limits: BatchLimits): EventBatch | null {
    const first = this.oldest;
    const taken: EventCount[] = [];
    let size = 0;
    for (const [id, entry] of this.#series) {
      const count = Math.min(entry.count, limits.count);
      const part = { ...entry.name, count, sum: entry.sum };
      size += Buffer.byteLength(JSON.stringify(part)) + 1;
      if (taken.length > 0 && (taken.length >= limits.series || size > limits.bytes)) break;
      taken.push(part);
      if (count === entry.count) this.#series.delete(id);
      else {
        entry.count -= count;
        entry.sum = 0;
        break;
      }
    }
    return taken.length === 0 ? null : new EventBatch(first, taken);
  }

  #add(name: Series['name'], count: number, value: number): void {
    this.#counted += count;
    const id = JSON.stringify([name.flag, name.rule, name.variant, name.event, name.bucket]);
    const known = this.#series.get(id);
    const sum = (known?.sum ?? 0) + value;
    if (!Number.isFinite(sum)) this.#invalid += count;
    else if (known !== undefined) {
      known.count += count;
      known.sum = sum;
    } else if (this.#series.size >= SERIES_LIMIT) this.#overflow += count;
    else {
      this.#newest += 1;
      this.#series.set(id, { ordinal: this.#newest, name, count, sum });
    }
  }
}

function nothing(): void {
  // nobody wants to be told
}
