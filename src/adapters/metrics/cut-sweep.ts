import type { ArmCounts, MetricWindow } from '../../domain/guard/reading.js';
import type { Increment } from './increment.js';

/** Increments of one arm; those without a `total` beside them count for nothing. */
export interface ArmIncrements {
  readonly bad: readonly Increment[];
  readonly total: readonly Increment[];
  readonly sum?: readonly Increment[];
  /** Per bound of a histogram, +Inf last: of what is up to it. */
  readonly buckets?: readonly (readonly Increment[])[];
}

/** Both arms, and where a guard compares within the values of a label, those of each value. */
export interface CutArms {
  readonly new: ArmIncrements;
  readonly control: ArmIncrements;
  readonly strata?: readonly {
    readonly value: string;
    readonly new: ArmIncrements;
    readonly control: ArmIncrements;
  }[];
}

/** Adds up both arms, and each stratum of them, while time goes on. */
export class CutSweep {
  readonly #whole: ArmPair;
  readonly #strata: readonly (ArmPair & { readonly value: string })[] | null;

  constructor({ strata, ...whole }: CutArms, watermark: number) {
    const pairOf = (arms: Pick<CutArms, 'new' | 'control'>): ArmPair => ({
      new: new ArmSweep(arms.new, watermark),
      control: new ArmSweep(arms.control, watermark),
    });
    this.#whole = pairOf(whole);
    this.#strata = strata?.map((one) => ({ value: one.value, ...pairOf(one) })) ?? null;
  }

  advance(to: number): void {
    for (const pair of [this.#whole, ...(this.#strata ?? [])]) {
      pair.new.advance(to);
      pair.control.advance(to);
    }
  }

  /** Whether both arms have had a total since the last window. */
  get hasBoth(): boolean {
    return this.#whole.new.hasTotal && this.#whole.control.hasTotal;
  }

  /** What came since the last window, as one; null where neither arm has a total: they are not there. */
  take(from: number, to: number): MetricWindow | null {
    if (!this.#whole.new.hasTotal && !this.#whole.control.hasTotal) return null;
    const strata = this.#strata?.map((one) => ({ value: one.value, ...countsOf(one) }));
    return { from, to, ...countsOf(this.#whole), ...(strata && { strata }) };
  }
}

interface ArmPair {
  readonly new: ArmSweep;
  readonly control: ArmSweep;
}

function countsOf({ new: fresh, control }: ArmPair): Pick<MetricWindow, 'new' | 'control'> {
  return { new: fresh.take(), control: control.take() };
}

/** Adds up one arm while time goes on. */
class ArmSweep {
  readonly #bad: Sweep;
  readonly #total: Sweep;
  readonly #sum: Sweep | null;
  readonly #upTo: readonly Sweep[] | null;

  constructor({ bad, total, sum, buckets }: ArmIncrements, watermark: number) {
    this.#bad = new Sweep(bad, watermark);
    this.#total = new Sweep(total, watermark);
    this.#sum = sum === undefined ? null : new Sweep(sum, watermark);
    this.#upTo = buckets?.map((bucket) => new Sweep(bucket, watermark)) ?? null;
  }

  advance(to: number): void {
    for (const sweep of [this.#bad, this.#total, this.#sum, ...(this.#upTo ?? [])]) sweep?.advance(to);
  }

  get hasTotal(): boolean {
    return this.#total.count > 0;
  }

  /** Counts since the last window; null where the total is missing: no data, which is not zero. */
  take(): ArmCounts | null {
    const hadTotal = this.hasTotal;
    const upTo = this.#upTo?.map((sweep) => sweep.take());
    const counts = {
      bad: this.#bad.take(),
      total: this.#total.take(),
      ...(this.#sum && { sum: this.#sum.take() }),
      ...(upTo && { buckets: upTo.map((count, i) => count - (upTo[i - 1] ?? 0)) }),
    };
    return hadTotal ? counts : null;
  }
}

class Sweep {
  readonly #increments: readonly Increment[];
  #next = 0;
  #sum = 0;
  count = 0;

  constructor(increments: readonly Increment[], watermark: number) {
    this.#increments = increments.filter(({ at }) => at > watermark).sort((a, b) => a.at - b.at);
  }

  advance(to: number): void {
    for (;;) {
      const increment = this.#increments[this.#next];
      if (increment === undefined || increment.at > to) return;
      this.#sum += increment.value;
      this.count += 1;
      this.#next += 1;
    }
  }

  take(): number {
    const sum = this.#sum;
    this.#sum = 0;
    this.count = 0;
    return sum;
  }
}
