import type { Resolution } from './resolution.js';

/** How often one (rule, variant) of a flag was served since the last drain. */
export interface UsageCount {
  readonly flag: string;
  /** Id of the deciding rule, null where no rule decided. */
  readonly rule: string | null;
  /** Null where the flag had no value to give. */
  readonly variant: string | null;
  readonly count: number;
}

const SMALLEST = 64;

/**
 * What was served, in an open table: a resolution stands at the place its serial points to, or in the next free one.
 * Serials are given out in sequence, so those of one snapshot rarely meet. At most half the places are taken.
 */
class Table {
  readonly mask: number;
  readonly served: (Resolution | undefined)[];
  readonly flags: string[];
  readonly counts: Uint32Array;
  size = 0;

  constructor(readonly length: number) {
    this.mask = length - 1;
    this.served = Array.from({ length });
    this.flags = Array.from({ length }, () => '');
    this.counts = new Uint32Array(length);
  }

  /** The place after `place`, where a search goes on. */
  next(place: number): number {
    return (place + 1) & this.mask;
  }

  /** Adds a resolution that isn't there yet. */
  add(flag: string, resolution: Resolution, count: number): void {
    let place = startOf(resolution) & this.mask;
    while (this.served[place] !== undefined) place = this.next(place);
    this.served[place] = resolution;
    this.flags[place] = flag;
    this.counts[place] = count;
    this.size += 1;
  }
}

function startOf({ serial, slot }: Resolution): number {
  return serial ?? slot;
}

/**
 * Counts what flags serve, per flag, deciding rule and variant. Counting a resolution seen before allocates nothing; at
 * most 2^32 − 1 of one resolution between two drains. Follows a flag over recompilation: what its earlier form served is
 * kept until drained.
 */
export class Usage {
  private table = new Table(SMALLEST);

  /** Counts one evaluation of `flag`, as `Engine.evaluate` answered it. Errors served nothing and aren't counted. */
  count(flag: string, resolution: Resolution): void {
    const { table } = this;
    let place = startOf(resolution) & table.mask;
    let there = table.served[place];
    while (there !== resolution) {
      if (there === undefined) return this.countFirst(flag, resolution);
      place = table.next(place);
      there = table.served[place];
    }
    table.counts[place] = (table.counts[place] as number) + 1;
  }

  /** What was counted since the last drain, in no particular order; counting starts anew. */
  drain(): UsageCount[] {
    const { served, flags, counts } = this.table;
    const totals = new Map<string, UsageCount>();
    const rest = new Map<Resolution, string>();
    for (const [place, resolution] of served.entries()) {
      const added = counts[place] as number;
      if (resolution === undefined || added === 0) continue;
      const flag = flags[place] as string;
      const { rule, variant } = resolution;
      const id = JSON.stringify([flag, rule, variant]);
      totals.set(id, { flag, rule, variant, count: (totals.get(id)?.count ?? 0) + added });
      rest.set(resolution, flag);
    }
    // What was served is likely to be served again; what wasn't since the last drain may be of an old form.
    this.table = tableFor(rest.size);
    for (const [resolution, flag] of rest) this.table.add(flag, resolution, 0);
    return [...totals.values()];
  }

  private countFirst(flag: string, resolution: Resolution): void {
    if (resolution.errorCode !== undefined) return;
    const { table } = this;
    if ((table.size + 1) * 2 > table.length) {
      this.table = tableFor(table.size + 1);
      for (const [place, one] of table.served.entries()) {
        if (one !== undefined)
          this.table.add(table.flags[place] as string, one, table.counts[place] as number);
      }
    }
    this.table.add(flag, resolution, 1);
  }
}

/** A table with room for twice as many as are to go in. */
function tableFor(size: number): Table {
  let length = SMALLEST;
  while (length < size * 4) length *= 2;
  return new Table(length);
}
