import type { GuardSubject } from '../domain/guard/guard-subject.js';
import type { PodShare } from '../domain/guard/suggestion.js';
import type { MetricReading } from '../domain/guard/reading.js';

/**
 * A past span of what a guard reads, epoch ms. `parts`: the arms as they are; or the control alone, whose exporters are dealt
 * out into two halves that stand as new and control.
 */
export interface PastSpan {
  readonly subject: GuardSubject;
  readonly from: number;
  readonly to: number;
  readonly parts: 'arms' | 'halves';
}

/** Reads what a guard would have read in the past. One adapter: Prometheus; what else counts keeps no history. */
export abstract class MetricHistory {
  /** All windows of the span. Never rejects: trouble, also a span that takes too long to read, is `unknown`. */
  abstract windows(span: PastSpan): Promise<MetricReading>;
  /**
   * What both arms had in spans of five minutes, as the source itself sums it up: a week of it costs little, and it is good to plan
   * by, not to judge by. Never rejects: trouble is `unknown`; a span too long to read in time begins later.
   */
  abstract rough(span: Omit<PastSpan, 'parts'>): Promise<MetricReading>;
  /** Bad events and all, of each exporter of the control; empty where nothing can be said. Never rejects. */
  abstract pods(span: Omit<PastSpan, 'parts'>): Promise<readonly PodShare[]>;

  /** Two parts that ran the same code; where the control has but one exporter, the two arms. */
  async alike(
    span: Omit<PastSpan, 'parts'>,
  ): Promise<{ readonly reading: MetricReading; readonly compared: PastSpan['parts'] }> {
    const halves = await this.windows({ ...span, parts: 'halves' });
    if (halves.unknown !== null || halves.windows.some((one) => one.new !== null && one.control !== null))
      return { reading: halves, compared: 'halves' };
    return { reading: await this.windows({ ...span, parts: 'arms' }), compared: 'arms' };
  }
}
