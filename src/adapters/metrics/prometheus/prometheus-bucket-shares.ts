import { bucketFigure, type BucketShare } from '../../../domain/bucket-figure.js';
import { BucketShares } from '../../../ports/bucket-shares.js';
import { PrometheusClient } from './prometheus-client.js';
import type { PrometheusServer } from './prometheus-server.js';
import type { SampledSeries } from './sampled-series.js';

type Route = Parameters<BucketShares['of']>[0];

const unknown = (reason: string): BucketShare => ({ share: null, requests: 0, reason });

/** Reads how many requests Envoys sent by the routes that stand for a split, with a bucket and without one. */
export class PrometheusBucketShares extends BucketShares {
  readonly #client: PrometheusClient | null;

  constructor(server: PrometheusServer | null) {
    super();
    this.#client = server === null ? null : new PrometheusClient(server);
  }

  async of(route: Route, seconds: number, now: number): Promise<BucketShare> {
    if (this.#client === null) return unknown('No Prometheus is set up here (TIDEGATE_PROMETHEUS_URL).');
    const names = { with: metricOf(route, 'with'), without: metricOf(route, 'without') };
    const selector = `{__name__=~"envoy_vhost_.+_route_(${names.with}|${names.without})"}`;
    try {
      return shareIn(await this.#client.samples(selector, seconds, now), names.without);
    } catch (error) {
      return unknown(`${(error as Error).message}.`);
    }
  }
}

/** Envoy's name for Prometheus, from where the name of the route begins. */
function metricOf(route: Route, bucket: 'with' | 'without'): string {
  return `${bucketFigure(route, bucket)}_upstream_rq_total`.replaceAll('-', '_');
}

function shareIn(series: readonly SampledSeries[], without: string): BucketShare {
  if (series.length === 0)
    return unknown(
      'No proxy has counted requests to a split of this route: there is none, or proxies don’t keep these figures (proxyStatsMatcher).',
    );
  const sum = (some: readonly SampledSeries[]) => some.reduce((total, one) => total + riseOf(one), 0);
  const requests = sum(series);
  if (requests === 0) return unknown('No request came to a split of this route in that time.');
  const bare = sum(series.filter(({ labels }) => labels['__name__']?.endsWith(without)));
  return { share: bare / requests, requests, reason: null };
}

/** What a counter rose by, over resets. */
function riseOf({ samples }: SampledSeries): number {
  return samples.reduce((total, { value }, index) => {
    const before = samples[index - 1]?.value ?? value;
    return total + (value < before ? value : value - before);
  }, 0);
}
