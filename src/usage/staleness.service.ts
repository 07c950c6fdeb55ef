import { Injectable } from '@nestjs/common';
import type { Stored } from '../domain/documents.js';
import { Problem } from '../domain/problem.js';
import { type Staleness, stalenessOf } from '../domain/staleness.js';
import { type LastSeen, Store } from '../ports/store.js';

const DAY = 86_400_000;
const MOST_DAYS = 365;
/** Days that are looked at by default. */
const USUAL_DAYS = 30;
/** How long (ms) what was read is good enough: a flag doesn't get stale in a minute. */
const FRESH = 60_000;

/** Says of each flag of an environment whether it is stale. */
export type StalenessCheck = (stored: Stored<'flag'>) => Staleness | null;

interface Reading {
  readonly at: number;
  readonly lastSeen: LastSeen;
  /** The newest revision that is older than the days that are looked at. */
  readonly settled: number;
}

const NOTHING: ReadonlyMap<string, number> = new Map();

/** Reads what was observed of an environment's flags; once a minute at most. */
@Injectable()
export class StalenessService {
  readonly #readings = new Map<string, Promise<Reading>>();

  constructor(private readonly store: Store) {}

  /** How to ask for the flags of an environment, over so many days (1 to 365, default 30). INVALID_INPUT. */
  async check(environment: string, days: number | null | undefined): Promise<StalenessCheck> {
    const span = days ?? USUAL_DAYS;
    if (span < 1 || span > MOST_DAYS)
      throw new Problem('INVALID_INPUT', `Look at 1 to ${MOST_DAYS} days.`, { field: 'staleDays' });
    const { at: now, lastSeen, settled } = await this.#reading(environment, span);
    const since = now - span * DAY;
    const isCounted = lastSeen.since !== null && lastSeen.since <= since;
    return ({ key, revision, value }) =>
      stalenessOf(
        value,
        { seen: lastSeen.flags.get(key) ?? NOTHING, isSettled: isCounted && revision <= settled },
        { now, since },
      );
  }

  async #reading(environment: string, days: number): Promise<Reading> {
    const name = `${environment} ${days}`;
    const known = await this.#readings.get(name)?.catch(() => undefined);
    const now = await this.store.now();
    if (known !== undefined && now - known.at < FRESH) return known;
    const reading = this.#read(environment, now, now - days * DAY);
    if (this.#readings.size > 1_000) this.#readings.clear();
    this.#readings.set(name, reading);
    return reading;
  }

  async #read(environment: string, at: number, since: number): Promise<Reading> {
    const lastSeen = await this.store.readLastSeen(environment);
    return { at, lastSeen, settled: await this.#revisionAt(environment, since) };
  }

  /** The newest revision at or before a time, by halving: later revisions are of later times. */
  async #revisionAt(environment: string, time: number): Promise<number> {
    let low = 0;
    let high = (await this.store.image(environment)).revision;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const { changes } = await this.store.history(environment, { before: middle + 1, limit: 1 });
      // What the log doesn't hold any more is older than all that it holds.
      if ((changes[0]?.at ?? 0) <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
