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
 * Counts what flags serve, per flag, deciding rule and variant. Counting a resolution seen before allocates nothing; at
 * most 2^32 − 1 of one resolution between two drains. Follows a flag over recompilation: what its earlier form served is
 * kept until drained.
 *
 * An open table: a resolution stands at the place its serial points to, or in the next free one. Serials are given out in
 * sequence, so those of one snapshot rarely meet. At most half the places are taken.
 */
export class Usage {
  private served: (Resolution | undefined)[] = Array.from({ length: SMALLEST });
  private counts = new Uint32Array(SMALLEST);
  private flags: string[] = Array.from({ length: SMALLEST }, () => '');
  private mask = SMALLEST - 1;
  private size = 0;

  /** Counts one evaluation of `flag`, as `Engine.evaluate` answered it. Errors served nothing and aren't counted. */
  count(flag: string, resolution: Resolution): void {
    const place = startOf(resolution) & this.mask;
    if (this.served[place] === resolution) this.counts[place] = (this.counts[place] as number) + 1;
    else if (resolution.errorCode === undefined) this.add(flag, resolution, 1);
  }

  /** What was counted since the last drain, in no particular order; counting starts anew. */
  drain(): UsageCount[] {
    const { served, flags, counts } = this;
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
    this.clear(rest.size);
    for (const [resolution, flag] of rest) this.add(flag, resolution, 0);
    return [...totals.values()];
  }

  /** Adds to a resolution at whatever place it stands, or makes it stand in a free one. */
  private add(flag: string, resolution: Resolution, count: number): void {
    const place = this.placeOf(resolution);
    if (this.served[place] === resolution) {
      this.counts[place] = (this.counts[place] as number) + count;
    } else if ((this.size + 1) * 2 > this.served.length) {
      this.grow();
      this.add(flag, resolution, count);
    } else {
      this.served[place] = resolution;
      this.flags[place] = flag;
      this.counts[place] = count;
      this.size += 1;
    }
  }

  /** Where the resolution stands, or else could. */
  private placeOf(resolution: Resolution): number {
    let place = startOf(resolution) & this.mask;
    while (this.served[place] !== undefined && this.served[place] !== resolution)
      place = (place + 1) & this.mask;
    return place;
  }

  private grow(): void {
    const { served, flags, counts, size } = this;
    this.clear(size);
    for (const [place, resolution] of served.entries()) {
      if (resolution !== undefined) this.add(flags[place] as string, resolution, counts[place] as number);
    }
  }

  /** Empties the table, with room for twice as many as `expected` before it grows. */
  private clear(expected: number): void {
    let length = SMALLEST;
    while (length < expected * 4) length *= 2;
    this.served = Array.from({ length });
    this.flags = Array.from({ length }, () => '');
    this.counts = new Uint32Array(length);
    this.mask = length - 1;
    this.size = 0;
  }
}

function startOf({ serial, slot }: Resolution): number {
  return serial ?? slot;
}
