import { z } from 'zod';

/** One series and its samples, oldest first; times in epoch ms. Values are as they stand: NaN and ±Inf too. */
export interface SampledSeries {
  readonly labels: { readonly [name: string]: string };
  readonly samples: readonly { readonly at: number; readonly value: number }[];
}

const TIMEOUT = 5_000;
const LARGEST_ANSWER = 10 * 1024 * 1024;

const answer = z.object({
  status: z.literal('success'),
  warnings: z.array(z.string()).optional(),
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

/** Speaks Prometheus' HTTP API (v1, instant query by POST), as Thanos, Mimir and VictoriaMetrics serve it too. */
export class PrometheusClient {
  readonly #endpoint: URL;
  readonly #authorization: string | null;

  /** `url`: where the server is, with a path where it has one; user and password in it go as basic authentication. */
  constructor(url: string) {
    this.#endpoint = new URL(url);
    const { username, password } = this.#endpoint;
    this.#authorization =
      username === ''
        ? null
        : `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}`;
    this.#endpoint.username = '';
    this.#endpoint.password = '';
    this.#endpoint.search = '';
    this.#endpoint.pathname = `${this.#endpoint.pathname.replace(/\/+$/, '')}/api/v1/query`;
  }

  /**
   * The raw samples behind a selector in the last `reach` seconds before `at` (epoch ms). Rejects with an Error in words
   * when that can't be told for sure: no answer within 5 s, a redirect, an error, more than 10 MB, or any warning, since
   * that is how a partial answer is announced.
   */
  async samples(selector: string, reach: number, at: number): Promise<SampledSeries[]> {
    const body = new URLSearchParams({
      query: `${selector}[${reach}s]`,
      time: (at / 1_000).toFixed(3),
      timeout: `${TIMEOUT / 1_000}s`,
    });
    const response = await this.#post(body);
    const text = await readCapped(response);
    if (!response.ok) throw new Error(`Prometheus answered ${response.status}${reasonIn(text)}`);
    return seriesIn(text);
  }

  async #post(body: URLSearchParams): Promise<Response> {
    const headers = this.#authorization === null ? undefined : { authorization: this.#authorization };
    const signal = AbortSignal.timeout(TIMEOUT);
    try {
      return await fetch(this.#endpoint, { method: 'POST', body, headers, signal, redirect: 'manual' });
    } catch (error) {
      throw new Error(`Prometheus can't be reached: ${causeOf(error)}`, { cause: error });
    }
  }
}

async function readCapped(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength;
      if (size > LARGEST_ANSWER) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new Error(`Prometheus broke off its answer: ${causeOf(error)}`, { cause: error });
  }
  if (size > LARGEST_ANSWER) throw new Error('Prometheus answered more than 10 MB: narrow the selector');
  return Buffer.concat(chunks).toString('utf8');
}

function seriesIn(text: string): SampledSeries[] {
  const parsed = answer.safeParse(parseJson(text));
  if (!parsed.success) throw new Error('Prometheus answered something that is no range of samples');
  const { warnings = [], data } = parsed.data;
  if (warnings.length > 0) {
    throw new Error(`Prometheus warns that its answer may be partial: ${clip(warnings.join('; '))}`);
  }
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

/** What lies behind a failed fetch, whose own message says nothing. */
function causeOf(error: unknown): string {
  const { name, message, cause } = error as Partial<Error> & { cause?: Partial<Error> };
  if (name === 'TimeoutError') return `no answer within ${TIMEOUT / 1_000} s`;
  return cause?.message || message || String(error);
}
