import { ResolutionIndex } from './resolution-index.js';
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

/**
 * Counts what flags serve, per flag, deciding rule and variant. Counting a resolution seen before allocates nothing; at
 * most 2^32 − 1 of one resolution between two drains. Follows a flag over recompilation: what its earlier form served is
 * kept until drained.
 */
export class Usage {
  private served = new ResolutionIndex();
  /** By the number of the resolution. */
  private flags: string[] = [];
  private counts = new Uint32Array(64);

  /** Counts one evaluation of `flag`, as `Engine.evaluate` answered it. Errors served nothing and aren't counted. */
  count(flag: string, resolution: Resolution): void {
    const number = this.served.find(resolution);
    if (number < 0) this.countFirst(flag, resolution);
    else this.counts[number] = (this.counts[number] as number) + 1;
  }

  /** What was counted since the last drain, in no particular order; counting starts anew. */
  drain(): UsageCount[] {
    const { served, flags, counts } = this;
    const totals = new Map<string, UsageCount>();
    this.served = new ResolutionIndex();
    this.flags = [];
    this.counts = new Uint32Array(counts.length);
    for (const [number, resolution] of served.all.entries()) {
      const added = counts[number] as number;
      if (added === 0) continue;
      const flag = flags[number] as string;
      const { rule, variant } = resolution;
      const id = JSON.stringify([flag, rule, variant]);
      totals.set(id, { flag, rule, variant, count: (totals.get(id)?.count ?? 0) + added });
      // What was served is likely to be served again; what wasn't since the last drain may be of an old form.
      this.admit(flag, resolution);
    }
    return [...totals.values()];
  }

  private countFirst(flag: string, resolution: Resolution): void {
    if (resolution.errorCode !== undefined) return;
    const number = this.admit(flag, resolution);
    this.counts[number] = 1;
  }

  private admit(flag: string, resolution: Resolution): number {
    const number = this.served.add(resolution);
    this.flags[number] = flag;
    if (number === this.counts.length) {
      const wider = new Uint32Array(number * 2);
      wider.set(this.counts);
      this.counts = wider;
    }
    return number;
  }
}
