import type { ArmCounts, MetricWindow } from '../../../domain/guard/reading.js';
import { type GuardQuery, type SelectorName, SELECTORS } from '../../../domain/guard.js';
import { boundOf, inBuckets } from './buckets.js';
import type { PrometheusClient } from './prometheus-client.js';
import type { SampledSeries } from './sampled-series.js';
import { withAnyOf } from './with-matcher.js';

/** Length of a rough window, s. */
const STEP = 300;
/** The same, ms. */
export const ROUGH_LENGTH = STEP * 1_000;

type Client = Pick<PrometheusClient, 'series'>;

/**
 * What both arms had between `from` and `to` (epoch ms) in spans of five minutes, as Prometheus works it out itself (`increase`): a
 * week of it costs little. It loses the first events of a series and is extrapolated, so it is good to plan by and not to judge by.
 * Rejects as the client does.
 */
export async function roughWindows(
  client: Client,
  query: GuardQuery,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<MetricWindow[]> {
  const { arm } = query;
  const reach = Math.ceil((to - from) / 1_000);
  const asked = SELECTORS.map(async (name): Promise<SampledSeries[]> => {
    const selector = query[name];
    if (selector === undefined) return [];
    const labels = name === 'buckets' ? `${arm.label}, le` : arm.label;
    const arms = withAnyOf(selector, arm.label, [arm.new, arm.control]);
    return await client.series(`sum by (${labels}) (increase(${arms}[${STEP}s]))`, { reach, step: STEP }, to);
  });
  const [bad = [], total = [], sum = [], buckets = []] = await Promise.all(asked);
  return windowsOf({ bad, total, sum, buckets }, arm);
}

type Answers = { readonly [name in SelectorName]: readonly SampledSeries[] };

function windowsOf(answers: Answers, arm: GuardQuery['arm']): MetricWindow[] {
  const bounds = [...new Set(answers.buckets.flatMap((one) => boundOf(one) ?? []))].sort((a, b) => a - b);
  const known = { new: new ArmPast(answers, arm, arm.new), control: new ArmPast(answers, arm, arm.control) };
  const ends = new Set([...known.new.ends(), ...known.control.ends()]);
  return [...ends]
    .sort((a, b) => a - b)
    .map((to) => ({
      from: to - ROUGH_LENGTH,
      to,
      new: known.new.countsAt(to, bounds),
      control: known.control.countsAt(to, bounds),
      ...(bounds.length > 0 && { bounds: bounds.filter(Number.isFinite) }),
    }));
}

/** What one arm had, by the end of the span. */
class ArmPast {
  readonly #figures: { readonly [name in 'bad' | 'total' | 'sum']: ReadonlyMap<number, number> };
  readonly #buckets: ReadonlyMap<number, ReadonlyMap<number, number>>;

  constructor(answers: Answers, { label }: GuardQuery['arm'], value: string) {
    const own = (name: SelectorName): SampledSeries[] =>
      answers[name].filter(({ labels }) => labels[label] === value);
    this.#figures = { bad: timed(own('bad')[0]), total: timed(own('total')[0]), sum: timed(own('sum')[0]) };
    this.#buckets = new Map(own('buckets').map((one) => [boundOf(one) ?? NaN, timed(one)]));
  }

  ends(): number[] {
    return [...(this.#buckets.get(Infinity) ?? this.#figures.total).keys()];
  }

  countsAt(to: number, bounds: readonly number[]): ArmCounts | null {
    const all = this.#buckets.get(Infinity)?.get(to) ?? this.#figures.total.get(to);
    if (all === undefined) return null;
    const bad = this.#figures.bad.get(to) ?? 0;
    const sum = this.#figures.sum.get(to);
    if (bounds.length === 0) return { bad, total: all, ...(sum !== undefined && { sum }) };
    const upTo = bounds.map((bound) => this.#buckets.get(bound)?.get(to) ?? 0);
    return { bad, total: all, buckets: inBuckets(upTo) };
  }
}

function timed(series: SampledSeries | undefined): ReadonlyMap<number, number> {
  const told = (series?.samples ?? []).filter(({ value }) => Number.isFinite(value) && value >= 0);
  return new Map(told.map(({ at, value }) => [at, value]));
}
