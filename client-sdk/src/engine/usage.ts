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

/** Counts of one compiled form of a flag, by slot. */
class Tally {
  counts: Uint32Array;
  readonly served: (Resolution | undefined)[] = [];

  constructor(slots: number) {
    this.counts = new Uint32Array(slots);
  }

  /** False when the slot belongs to a resolution of another compiled form. */
  add(resolution: Resolution): boolean {
    const { slot } = resolution;
    if (this.served[slot] !== resolution) return false;
    this.counts[slot] = (this.counts[slot] as number) + 1;
    return true;
  }

  /** Makes room for a resolution not seen before; false when its slot is taken by another one. */
  admit(resolution: Resolution): boolean {
    const { slot } = resolution;
    if (this.served[slot] !== undefined) return false;
    while (this.served.length <= slot) this.served.push(undefined);
    this.served[slot] = resolution;
    if (slot >= this.counts.length) {
      const wider = new Uint32Array(slot * 2);
      wider.set(this.counts);
      this.counts = wider;
    }
    return true;
  }
}

/**
 * Counts what flags serve, per flag, deciding rule and variant. Counting a resolution seen before allocates nothing;
 * at most 2^32 − 1 of one resolution between two drains. Follows a flag over recompilation: counts of its earlier form
 * are kept until drained.
 */
export class Usage {
  private readonly current = new Map<string, Tally>();
  private retired: [flag: string, tally: Tally][] = [];

  /** Counts one evaluation of `flag`, as `Engine.evaluate` answered it. Errors served nothing and aren't counted. */
  count(flag: string, resolution: Resolution): void {
    const tally = this.current.get(flag);
    if (tally === undefined || !tally.add(resolution)) this.countFirst(flag, resolution);
  }

  /** What was counted since the last drain, in no particular order; counting starts anew. */
  drain(): UsageCount[] {
    const totals = new Map<string, UsageCount>();
    for (const [flag, tally] of [...this.retired, ...this.current]) {
      for (const [slot, resolution] of tally.served.entries()) {
        if (resolution === undefined) continue;
        const { rule, variant } = resolution;
        const id = JSON.stringify([flag, rule, variant]);
        const count = (totals.get(id)?.count ?? 0) + (tally.counts[slot] as number);
        totals.set(id, { flag, rule, variant, count });
      }
      tally.counts.fill(0);
    }
    this.retired = [];
    return [...totals.values()].filter((entry) => entry.count > 0);
  }

  private countFirst(flag: string, resolution: Resolution): void {
    if (resolution.errorCode !== undefined) return;
    let tally = this.current.get(flag);
    if (tally === undefined || !tally.admit(resolution)) {
      if (tally !== undefined) this.retired.push([flag, tally]);
      tally = new Tally(resolution.slot + 4);
      tally.admit(resolution);
      this.current.set(flag, tally);
    }
    tally.add(resolution);
  }
}
