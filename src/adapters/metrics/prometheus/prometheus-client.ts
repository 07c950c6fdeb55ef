import { z } from 'zod';
import { PrometheusConnection } from './prometheus-connection.js';
import type { PrometheusServer } from './prometheus-server.js';

/** One series and its samples, oldest first; times in epoch ms. Values are as they stand: NaN and ±Inf too. */
export interface SampledSeries {
  readonly labels: { readonly [name: string]: string };
  readonly samples: readonly { readonly at: number; readonly value: number }[];
}

const answer = z.object({
  status: z.literal('success'),
  warnings: z.array(z.string()).nullish(),
  isPartial: z.boolean().optional(),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])).optional(),
      }),
    ),
  }),
});
const failure = z.object({ errorType: z.string().optional(), error: z.string() });

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
   * The raw samples behind a selector in the last `reach` seconds before `at` (epoch ms). Rejects with an Error in words
   * when that can't be told for sure: no answer in time, a redirect, an error, more than 10 MB, a partial answer.
   */
  async samples(selector: string, reach: number, at: number): Promise<SampledSeries[]> {
    const body = new URLSearchParams({
      query: `${selector}[${reach}s]`,
      time: (at / 1_000).toFixed(3),
      timeout: `${this.#connection.timeout / 1_000}s`,
      partial_response: 'false',
    });
    const { status, text } = await this.#connection.post(body);
    if (status < 200 || status > 299) throw new Error(`Prometheus answered ${status}${reasonIn(text)}`);
    return seriesIn(text);
  }
}

function seriesIn(text: string): SampledSeries[] {
  const parsed = answer.safeParse(parseJson(text));
  if (!parsed.success) throw new Error('Prometheus answered something that is no range of samples');
  const { data, isPartial = false } = parsed.data;
  const warnings = parsed.data.warnings ?? [];
  if (warnings.length > 0) {
    throw new Error(`Prometheus warns that its answer may be partial: ${clip(warnings.join('; '))}`);
  }
  if (isPartial) throw new Error('Prometheus says that its answer is partial');
  return data.result.map(({ metric, values = [] }) => ({
    labels: metric,
    samples: values.map(([time, value]) => ({ at: Math.round(time * 1_000), value: numberOf(value) })),
  }));
}

/** Spelt as Go does it: "+Inf", "-Inf", "NaN". */
function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function reasonIn(text: string): string {
  const parsed = failure.safeParse(parseJson(text));
  return parsed.success ? `: ${clip(parsed.data.error)}` : '';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function clip(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
