import { z } from 'zod';
import { SourceFault } from '../../../domain/guard/trouble.js';
import { clipped, parsedJson } from '../answer-text.js';
import { PrometheusConnection } from './prometheus-connection.js';
import type { PrometheusServer } from './prometheus-server.js';
import type { SampledSeries } from './sampled-series.js';
import { timeFaultIn } from './time-fault.js';

/** A series and one value that was worked out of it. */
export interface ValuedSeries {
  readonly labels: { readonly [name: string]: string };
  readonly value: number;
}

/** What is answered where the query is refused as it stands: for its form, its length, or what it would have to read. */
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 414, 422]);

const head = {
  status: z.literal('success'),
  warnings: z.array(z.string()).nullish(),
  isPartial: z.boolean().optional(),
};
const metric = z.record(z.string(), z.string());
const sample = z.tuple([z.number(), z.string()]);
const matrix = z.object({
  ...head,
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ metric, values: z.array(sample).optional() })),
  }),
});
const vector = z.object({
  ...head,
  data: z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric, value: sample })),
  }),
});
const failure = z.object({ errorType: z.string().optional(), error: z.string() });

/** A query was refused as it stands; a smaller one may be answered. */
export class QueryRefused extends SourceFault {}

/**
 * Speaks Prometheus' HTTP API (v1, instant query by POST), as Thanos, Mimir and VictoriaMetrics serve it too. What part of
 * a fleet said must not pass for what all of it said, and each of them announces that in a way of its own:
 * Thanos puts a warning beside the data (docs/components/query.md, "Partial Response"), unless asked with
 * `partial_response=false`: then it answers an error, which gets through where its query frontend drops warnings
 * (thanos-io/thanos#3418). Mimir answers no part, but an error (grafana/mimir#8139). VictoriaMetrics sets `isPartial` (its
 * cluster documentation, "Cluster availability"). `infos` are remarks on the query and say nothing of that kind.
 */
export class PrometheusClient {
  readonly #connection: PrometheusConnection;

  constructor(server: PrometheusServer) {
    this.#connection = new PrometheusConnection(server);
  }

  /**
   * The raw samples behind a selector in the last `reach` seconds before `at` (epoch ms). Rejects with a SourceFault
   * when that can't be told for sure: no answer in time, a redirect, an error, more than 10 MB, a partial answer, times that repeat, fall or are yet to come.
   */
  async samples(selector: string, reach: number, at: number): Promise<SampledSeries[]> {
    return await this.#range(`${selector}[${reach}s]`, at);
  }

  /** The same, whatever its times are (see `timeFaultIn`). */
  async anySamples(selector: string, reach: number, at: number): Promise<SampledSeries[]> {
    return await this.#anyRange(`${selector}[${reach}s]`, at);
  }

  /** What an expression came to every `step` seconds, in the last `reach` seconds before `at`, by series. Rejects as `samples` does. */
  series(
    expression: string,
    { reach, step }: { readonly reach: number; readonly step: number },
    at: number,
  ): Promise<SampledSeries[]> {
    return this.#range(`(${expression})[${reach}s:${step}s]`, at);
  }

  async #range(query: string, at: number): Promise<SampledSeries[]> {
    const series = await this.#anyRange(query, at);
    const fault = timeFaultIn(series, at);
    if (fault !== null) throw new SourceFault(fault.code, fault.words);
    return series;
  }

  async #anyRange(query: string, at: number): Promise<SampledSeries[]> {
    const text = await this.#ask(query, at);
    const { data } = wholeIn(matrix, text, 'Prometheus answered something that is no range of samples');
    return data.result.map(({ metric: labels, values = [] }) => ({
      labels,
      samples: values.map(([time, value]) => ({ at: Math.round(time * 1_000), value: numberOf(value) })),
    }));
  }

  /** What an expression came to at a moment (epoch ms; now, as the server has it, unless given), by series. Rejects as `samples` does. */
  async values(expression: string, at?: number): Promise<ValuedSeries[]> {
    const text = await this.#ask(expression, at);
    const { data } = wholeIn(vector, text, 'Prometheus answered something that is no value per series');
    return data.result.map(({ metric: labels, value }) => ({ labels, value: numberOf(value[1]) }));
  }

  async #ask(query: string, at: number | undefined): Promise<string> {
    const body = new URLSearchParams({
      query,
      ...(at !== undefined && { time: (at / 1_000).toFixed(3) }),
      timeout: `${this.#connection.timeout / 1_000}s`,
      partial_response: 'false',
    });
    const { status, text } = await this.#connection.post(body);
    if (status >= 200 && status <= 299) return text;
    const Fault = REFUSALS.has(status) ? QueryRefused : SourceFault;
    throw new Fault('ERROR_ANSWERED', `Prometheus answered ${status}${reasonIn(text)}`);
  }
}

/** An answer that has the form asked for and tells of all there is. */
function wholeIn<Form extends typeof matrix | typeof vector>(
  form: Form,
  text: string,
  otherwise: string,
): z.output<Form> {
  const parsed = form.safeParse(parsedJson(text));
  if (!parsed.success) throw new SourceFault('BAD_ANSWER', otherwise);
  const { warnings, isPartial = false } = parsed.data;
  if (warnings && warnings.length > 0)
    throw new SourceFault(
      'PARTIAL_ANSWER',
      `Prometheus warns that its answer may be partial: ${clipped(warnings.join('; '))}`,
    );
  if (isPartial) throw new SourceFault('PARTIAL_ANSWER', 'Prometheus says that its answer is partial');
  return parsed.data as z.output<Form>;
}

/** Spelt as Go does it: "+Inf", "-Inf", "NaN". */
function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function reasonIn(text: string): string {
  const parsed = failure.safeParse(parsedJson(text));
  return parsed.success ? `: ${clipped(parsed.data.error)}` : '';
}
