import { resourceFromAttributes } from '@opentelemetry/resources';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import {
  AggregationTemporality,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { eventually } from '../mesh/testbed/eventually.js';

export interface PushingPodOptions {
  readonly url: string;
  readonly token: string;
  readonly name: string;
  readonly version: string;
  readonly encoding: 'json' | 'protobuf';
  readonly temporality: 'delta' | 'cumulative';
}

/** A server instrumented with OpenTelemetry's own SDK, which pushes its metrics when a test says so. */
export class PushingPod {
  readonly #provider: MeterProvider;
  readonly #durations;
  readonly #orders;

  constructor({ url, token, name, version, encoding, temporality }: PushingPodOptions) {
    const Exporter = encoding === 'json' ? JsonExporter : ProtobufExporter;
    const exporter = new Exporter({
      url: `${url}/otlp/v1/metrics`,
      headers: { authorization: `Bearer ${token}` },
      temporalityPreference:
        temporality === 'delta' ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
    });
    this.#provider = new MeterProvider({
      resource: resourceFromAttributes({
        'service.name': 'checkout',
        'service.version': version,
        'service.instance.id': name,
      }),
      readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 600_000 })],
    });
    const meter = this.#provider.getMeter('shop');
    this.#orders = meter.createHistogram('order.value', {
      advice: { explicitBucketBoundaries: [10, 20, 50] },
    });
    this.#durations = meter.createHistogram('http.server.request.duration', {
      unit: 's',
      advice: { explicitBucketBoundaries: [0.1, 0.5, 1] },
    });
  }

  /** So many requests were answered, each after `seconds`; `attributes` are said of them besides. */
  serve(
    count: number,
    status = 200,
    seconds = 0.05,
    attributes: Readonly<Record<string, string>> = {},
  ): void {
    const all = { 'http.response.status_code': status, 'http.request.method': 'GET', ...attributes };
    for (let i = 0; i < count; i += 1) this.#durations.record(seconds, all);
  }

  /** An order of so much was paid. */
  sell(value: number): void {
    this.#orders.record(value);
  }

  push(): Promise<void> {
    return this.#provider.forceFlush();
  }

  stop(): Promise<void> {
    return this.#provider.shutdown();
  }
}

/** Lets all pods serve and push once a second until `reached` no longer throws. */
export function pushing(
  pods: readonly PushingPod[],
  serve: () => void,
  reached: () => Promise<void>,
): Promise<void> {
  return eventually(
    async () => {
      serve();
      await Promise.all(pods.map((one) => one.push()));
      await reached();
    },
    60_000,
    1_000,
  );
}
