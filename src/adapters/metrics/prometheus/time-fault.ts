import type { Trouble } from '../../../domain/guard/trouble.js';
import type { SampledSeries } from './sampled-series.js';

/** Clocks may differ by so much, ms. */
const AHEAD = 60_000;

/**
 * What is wrong with the times of some series that were asked for at a time (epoch ms), as BAD_TIMES; null for nothing. Two values
 * for one moment would pass for a reset, a time to come for news.
 */
export function timeFaultIn(series: readonly SampledSeries[], asked: number): Trouble | null {
  for (const one of series) {
    const words = faultOf(one, asked);
    if (words !== null) return { code: 'BAD_TIMES', words };
  }
  return null;
}

function faultOf({ labels, samples }: SampledSeries, asked: number): string | null {
  let before = -Infinity;
  for (const { at } of samples) {
    if (at <= before)
      return `Prometheus answered two values of ${JSON.stringify(labels)} for one time, or times that fall`;
    before = at;
  }
  if (before <= asked + AHEAD) return null;
  return `Prometheus answered a value of ${JSON.stringify(labels)} from ${before - asked} ms ahead`;
}
