import type { GuardQuery } from '../../../domain/guard.js';
import type { SampledSeries } from './sampled-series.js';
import { targetOf } from './series-target.js';

/** No exporter has a label of this name: names in double underscores are kept for Prometheus itself. */
const LABEL = '__tidegate_half__';

/** Deals the exporters of one arm out into two halves, each to the smaller one when it is first seen. */
export class Halves {
  readonly arm: GuardQuery['arm'] = { label: LABEL, new: 'new', control: 'control' };
  readonly #halves = new Map<string, string>();

  constructor(private readonly of: GuardQuery['arm']) {}

  /** The series of the arm's control, each with the half that its exporter is in; those of others are left out. */
  deal(series: readonly SampledSeries[]): SampledSeries[] {
    return series
      .filter(({ labels }) => labels[this.of.label] === this.of.control)
      .map((one) => ({ ...one, labels: { ...one.labels, [LABEL]: this.#halfOf(targetOf(one)) } }));
  }

  #halfOf(target: string): string {
    const known = this.#halves.get(target);
    if (known !== undefined) return known;
    const half = this.#halves.size % 2 === 0 ? this.arm.control : this.arm.new;
    this.#halves.set(target, half);
    return half;
  }
}
