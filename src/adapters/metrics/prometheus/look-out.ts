import type { Guard } from '../../../domain/guard.js';
import { MetricSource } from '../../../ports/metric-source.js';

/** A source on Prometheus that adds to the readings of the one behind it, and is that one in all else. */
export abstract class LookOut extends MetricSource {
  override readonly name = 'prometheus';

  constructor(protected readonly source: MetricSource) {
    super();
  }

  override serves(guard: Pick<Guard, 'source' | 'server'>): boolean {
    return this.source.serves(guard);
  }

  override nextLook(now: number, longest: number): number {
    return this.source.nextLook(now, longest);
  }

  override forget(environment: string): void {
    this.source.forget(environment);
  }
}
