import { Counter } from 'prom-client';

/**
 * A counter by outcome, in prom-client's default registry. It adds to plain numbers, and makes a metric of them when one is
 * asked for: to find a metric by its labels at each request would cost as much as a tenth of the decision.
 */
export class Tally<Outcome extends string> {
  readonly #counts = new Map<Outcome, number>();
  readonly metric: Counter<'outcome'>;

  constructor(name: string, help: string) {
    const counts = this.#counts;
    this.metric = new Counter({
      name,
      help,
      labelNames: ['outcome'],
      collect() {
        this.reset();
        for (const [outcome, count] of counts) this.inc({ outcome }, count);
      },
    });
  }

  add(outcome: Outcome): void {
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1);
  }
}
