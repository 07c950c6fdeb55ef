import type { GuardSubject } from '../domain/guard/guard-subject.js';
import type { MetricReading } from '../domain/guard/reading.js';
import type { Guard } from '../domain/guard.js';

/** Asks for what one guard has not judged yet. */
export interface MetricRequest {
  readonly subject: GuardSubject;
  /** End of the last window applied, epoch ms. */
  readonly watermark: number;
  /**
   * What happened before this (epoch ms; `madeAt` of the guard's record) never counts, but for what a control did in the scrape that
   * shows the first requests of a new arm.
   */
  readonly since: number;
  /** Whether it wants to know what the control did before that: `earlier` of the reading, where the source can tell. */
  readonly wantsEarlier?: boolean;
  /** Whether it wants to know how much the control scattered before that: `scatter` of the reading, once the source can tell. */
  readonly wantsScatter?: boolean;
}

/** Windows of counts for guards. Adapters: Prometheus, events (the store's own counts), pushed metrics, and webhooks. */
export abstract class MetricSource {
  /** The `source` of guards that this adapter serves. */
  abstract readonly name: Guard['source'];

  /** Whether a guard reads this one: where several serve one `source`, each has servers of its own. */
  serves({ source }: Pick<Guard, 'source' | 'server'>): boolean {
    return source === this.name;
  }

  /**
   * Windows after each request's watermark, in the order given; `now` is the store's time. One query serves all requests
   * that share it. No evidence is remembered between calls: another process reads the same from the same watermark. A
   * request whose answer takes long has no news until it has come, and delays no other. Never rejects: trouble is
   * `unknown`.
   */
  abstract read(requests: readonly MetricRequest[], now: number): Promise<readonly MetricReading[]>;

  /**
   * When to look again, ms after `now` (store time): at most `longest`, sooner where something new is expected before. Looking
   * sooner or later than that loses nothing but time.
   */
  nextLook(_now: number, longest: number): number {
    return longest;
  }

  /** No guard of this environment is read for now, or by another process: what is kept to spare queries can go. */
  forget(_environment: string): void {}
}
