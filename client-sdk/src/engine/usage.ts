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

/** How often one resolution was served. */
class Tally {
  count = 1;

  constructor(
    readonly resolution: Resolution,
    readonly flag: string,
  ) {}
}

/**
 * Counts what flags serve, per flag, deciding rule and variant. Counting a resolution seen before allocates nothing.
 * Follows a flag over recompilation: what its earlier form served is kept until drained.
 */
export class Usage {
  private readonly tallies = new ResolutionIndex<Tally>();

  /** Counts one evaluation of `flag`, as `Engine.evaluate` answered it. Errors served nothing and aren't counted. */
  count(flag: string, resolution: Resolution): void {
    const tally = this.tallies.find(resolution);
    if (tally === undefined) this.countFirst(flag, resolution);
    else tally.count += 1;
  }

  /** What was counted since the last drain, in no particular order; counting starts anew. */
  drain(): UsageCount[] {
    const served = this.tallies.all().filter(({ count }) => count > 0);
    const totals = new Map<string, UsageCount>();
    for (const tally of served) {
      const { flag, resolution } = tally;
      const { rule, variant } = resolution;
      const id = JSON.stringify([flag, rule, variant]);
      const count = (totals.get(id)?.count ?? 0) + tally.count;
      totals.set(id, { flag, rule, variant, count });
      tally.count = 0;
    }
    // What was served once is likely to be served again; what wasn't since the last drain may be of an old form.
    this.tallies.keep(served);
    return [...totals.values()];
  }

  private countFirst(flag: string, resolution: Resolution): void {
    if (resolution.errorCode === undefined) this.tallies.add(new Tally(resolution, flag));
  }
}
