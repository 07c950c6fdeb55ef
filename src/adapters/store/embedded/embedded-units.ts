import { EXPOSURES } from '../../../domain/series.js';
import {
  attributionLags,
  cohortName,
  hashLimit,
  type UnitCounts,
  type UnitSighting,
} from '../../../domain/units.js';
import { COUNT_WINDOW } from '../../../ports/store.js';
import { EVENT_WAITS } from '../ledger.js';
import { embeddedKeys } from './embedded-keys.js';
import type { AssignedRecord, CohortRecord, DeedRecord, UnitRecord } from './records.js';
import type { Draft, EmbeddedDatabase } from './write-queue.js';

const LAGS = attributionLags(COUNT_WINDOW);

interface Place {
  readonly scope: string;
  readonly series: string;
}

/** Notes units at `now` (epoch ms). Exposures first: an event of the same batch then finds its own. */
export function addUnits(
  draft: Draft,
  { scope, series, now }: Place & { readonly now: number },
  seen: readonly UnitSighting[],
): void {
  const book = new UnitBook(draft, { scope, series }, now);
  for (const sighting of seen) if (sighting.event === EXPOSURES) book.expose(sighting);
  for (const sighting of seen) if (sighting.event !== EXPOSURES) book.happen(sighting);
  book.close();
}

/** Distinct units of a series first exposed in windows `from` … `to`. */
export function unitsOf(
  database: EmbeddedDatabase,
  { scope, series }: Place,
  { from, to }: { readonly from: number; readonly to: number },
): UnitCounts {
  const known = database.get(embeddedKeys.assigned(scope, series)) as AssignedRecord | undefined;
  const cohorts = new Map<number, ReadonlyMap<string, number>>();
  for (let window = from; window <= to; window += 1) {
    const cohort = database.get(embeddedKeys.cohort(scope, series, window)) as CohortRecord | undefined;
    if (cohort !== undefined) cohorts.set(window, new Map(Object.entries(cohort.counts)));
  }
  return { assigned: new Map(Object.entries(known?.assigned ?? {})), cohorts };
}

/** What one batch writes to one series. */
class UnitBook {
  readonly #draft: Draft;
  readonly #place: Place;
  readonly #now: number;
  readonly #window: number;
  readonly #limit: number;
  #kept: number;
  #waiting: number;
  readonly #assigned: { [name: string]: number };
  readonly #events: Set<string>;

  constructor(draft: Draft, place: Place, now: number) {
    this.#draft = draft;
    this.#place = place;
    this.#now = now;
    this.#window = Math.floor(now / COUNT_WINDOW);
    const known = draft.get<AssignedRecord>(embeddedKeys.assigned(place.scope, place.series));
    this.#kept = known?.kept ?? 0;
    this.#waiting = known?.waiting ?? 0;
    this.#assigned = { ...known?.assigned };
    this.#events = new Set(known?.events);
    // One limit for the whole batch: no variant of it may meet another one.
    this.#limit = hashLimit(this.#kept + this.#waiting);
  }

  expose({ variant, share, units }: UnitSighting): void {
    const { scope, series } = this.#place;
    for (const hash of units) {
      const at = embeddedKeys.unit(scope, series, hash);
      if (hash >= this.#limit || this.#draft.get(at) !== undefined) continue;
      this.#draft.put(at, { variant, window: this.#window, at: this.#now } satisfies UnitRecord);
      this.#kept += 1;
      this.#add(this.#window, cohortName(variant, EXPOSURES));
      const name = `${share}|${variant}`;
      this.#assigned[name] = (this.#assigned[name] ?? 0) + 1;
      for (const event of this.#events) this.#settle(variant, event, hash);
    }
  }

  happen({ event, units }: UnitSighting): void {
    const { scope, series } = this.#place;
    for (const hash of units) {
      const exposed = this.#draft.get<UnitRecord>(embeddedKeys.unit(scope, series, hash));
      const at = embeddedKeys.deed(scope, series, event, hash);
      if (this.#draft.get(at) !== undefined) continue;
      if (exposed === undefined && hash >= this.#limit) continue;
      this.#put(at, exposed !== undefined);
      if (exposed !== undefined) this.#credit(exposed.variant, event, exposed.window);
      else {
        this.#waiting += 1;
        this.#events.add(event);
      }
    }
  }

  close(): void {
    const { scope, series } = this.#place;
    this.#draft.put(embeddedKeys.assigned(scope, series), {
      assigned: this.#assigned,
      events: [...this.#events],
      kept: this.#kept,
      waiting: this.#waiting,
      at: this.#now,
    } satisfies AssignedRecord);
  }

  /** An event that came before the exposure of its unit counts as of now, unless that was too long ago. */
  #settle(variant: string, event: string, hash: number): void {
    const at = embeddedKeys.deed(this.#place.scope, this.#place.series, event, hash);
    const deed = this.#draft.get<DeedRecord>(at);
    if (deed === undefined || deed.counted) return;
    this.#waiting -= 1;
    if (this.#window - deed.window > EVENT_WAITS / COUNT_WINDOW) return this.#draft.remove(at);
    this.#put(at, true);
    this.#credit(variant, event, this.#window);
  }

  #put(at: ReturnType<typeof embeddedKeys.deed>, counted: boolean): void {
    this.#draft.put(at, { counted, window: this.#window, at: this.#now } satisfies DeedRecord);
  }

  #credit(variant: string, event: string, exposed: number): void {
    const within = LAGS.findIndex((lag) => this.#window - exposed <= lag);
    if (within >= 0) this.#add(exposed, cohortName(variant, event, within));
  }

  #add(window: number, name: string): void {
    const at = embeddedKeys.cohort(this.#place.scope, this.#place.series, window);
    const known = this.#draft.get<CohortRecord>(at);
    const counts = { ...known?.counts, [name]: (known?.counts[name] ?? 0) + 1 };
    this.#draft.put(at, { counts, at: known?.at ?? this.#now } satisfies CohortRecord);
  }
}
