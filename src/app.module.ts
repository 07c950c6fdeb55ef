import { join } from 'node:path';
import { type DynamicModule, Global, Module, type Provider } from '@nestjs/common';
import type { Logger } from 'pino';
import { FilesMesh } from './adapters/mesh/files/files-mesh.js';
import { IstioMesh } from './adapters/mesh/istio/istio-mesh.js';
import { EventsMetricSource } from './adapters/metrics/events/events-metric-source.js';
import { OtlpMetricSource } from './adapters/metrics/otlp/otlp-metric-source.js';
import { WebhookMetricSource } from './adapters/metrics/webhook/webhook-metric-source.js';
import { PrometheusBucketShares } from './adapters/metrics/prometheus/prometheus-bucket-shares.js';
import { PrometheusMetricHistory } from './adapters/metrics/prometheus/prometheus-metric-history.js';
import { PrometheusClient } from './adapters/metrics/prometheus/prometheus-client.js';
import { PrometheusMetricSource } from './adapters/metrics/prometheus/prometheus-metric-source.js';
import { ScatterLookOut } from './adapters/metrics/prometheus/scatter-look-out.js';
import { SeriesLookOut } from './adapters/metrics/prometheus/series-look-out.js';
import type { PrometheusServer } from './adapters/metrics/prometheus/prometheus-server.js';
import { WebhookNotifier } from './adapters/notify/webhook/webhook-notifier.js';
import { EmbeddedStore } from './adapters/store/embedded/embedded-store.js';
import { RedisStore } from './adapters/store/redis/redis-store.js';
import { ApiModule } from './api/api.module.js';
import { SubscriptionsModule } from './api/subscriptions/subscriptions.module.js';
import { AuthModule } from './auth/auth.module.js';
import { RATES, type Rates } from './auth/rates.js';
import { Cluster } from './cluster/cluster.js';
import { WatchedEndpoints } from './cluster/watched-endpoints.js';
import { ChangesModule } from './changes/changes.module.js';
import { SOURCE_SETUP } from './changes/source-setup.js';
import type { Config } from './config/config.js';
import type { SourceSetup } from './domain/source-setup.js';
import { ControlModule } from './control/control.module.js';
import { MetricSources } from './control/metric-sources.js';
import { WHEN_EMPTY } from './control/without-empty.js';
import { EdgeModule } from './edge/edge.module.js';
import { DiscoveryModule } from './discovery/discovery.module.js';
import { VersionWatcher } from './discovery/version-watcher.js';
import { Workloads } from './discovery/workloads.js';
import { EnvironmentsModule } from './environments/environments.module.js';
import { EvaluationModule } from './evaluation/evaluation.module.js';
import { FlagsModule } from './flags/flags.module.js';
import { GuardsModule } from './guards/guards.module.js';
import { HealthModule } from './health/health.module.js';
import { HistoryModule } from './history/history.module.js';
import { LiveModule } from './live/live.module.js';
import { OtlpModule } from './otlp/otlp.module.js';
import { OutgoingCalls } from './outgoing/outgoing-calls.js';
import { MetricSecrets } from './outgoing/metric-secrets.js';
import { BucketShares } from './ports/bucket-shares.js';
import { Mesh } from './ports/mesh.js';
import { MetricHistory } from './ports/metric-history.js';
import type { MetricSource } from './ports/metric-source.js';
import { Notifier } from './ports/notifier.js';
import { Store } from './ports/store.js';
import { RolloutsModule } from './rollouts/rollouts.module.js';
import { RoutesModule } from './routes/routes.module.js';
import { ScheduleModule } from './schedule/schedule.module.js';
import { SearchModule } from './search/search.module.js';
import { SegmentsModule } from './segments/segments.module.js';
import { TokensModule } from './tokens/tokens.module.js';
import { UsageModule } from './usage/usage.module.js';

const DAY = 86_400_000;

/** Each port bound to the adapter that the settings ask for. */
@Global()
@Module({})
class PortsModule {
  static register(config: Config, log: Logger): DynamicModule {
    const store = storeOf(config, log);
    const history = new PrometheusMetricHistory(prometheusOf(config), namedPrometheusOf(config));
    const cluster = new Cluster({ kubeconfig: config.TIDEGATE_KUBECONFIG });
    if (config.TIDEGATE_MESH === 'istio') void warnIfUnusable(cluster, log);
    warnIfUnsigned(config, log);
    const providers = [
      { provide: Store, useValue: store },
      { provide: Cluster, useValue: cluster },
      ...clusterUsersOf(config, cluster),
      { provide: WHEN_EMPTY, useValue: config.TIDEGATE_WHEN_EMPTY },
      { provide: MetricSources, useValue: metricSourcesOf(config, store, history) },
      { provide: BucketShares, useValue: new PrometheusBucketShares(prometheusOf(config)) },
      { provide: MetricHistory, useValue: history },
      { provide: SOURCE_SETUP, useValue: sourceSetupOf(config) },
      { provide: Notifier, useValue: new WebhookNotifier({ loopback: config.TIDEGATE_OUTGOING_LOOPBACK }) },
      { provide: RATES, useValue: ratesOf(config) },
      { provide: OutgoingCalls, useValue: new OutgoingCalls(config.TIDEGATE_OUTGOING_LOOPBACK) },
    ];
    return { module: PortsModule, providers, exports: providers };
  }
}

/** The composition root: the only file that imports adapters. */
@Module({})
export class AppModule {
  static register(config: Config, log: Logger): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PortsModule.register(config, log),
        AuthModule,
        ChangesModule,
        ApiModule.register([join(import.meta.dirname, '**', '*.graphql')]),
        SubscriptionsModule.register(config.TIDEGATE_SUBSCRIPTIONS),
        EnvironmentsModule,
        FlagsModule,
        SegmentsModule,
        RoutesModule,
        GuardsModule,
        RolloutsModule,
        TokensModule,
        HistoryModule,
        UsageModule,
        SearchModule,
        LiveModule,
        ScheduleModule,
        EvaluationModule,
        OtlpModule,
        DiscoveryModule,
        EdgeModule.register(config),
        ControlModule.register({ modules: [DiscoveryModule], duties: [VersionWatcher] }),
        HealthModule,
      ],
    };
  }
}

async function warnIfUnusable(cluster: Cluster, log: Logger): Promise<void> {
  const why = await cluster.unusable();
  if (why !== null) log.warn(`TIDEGATE_MESH=istio, but no route can be written: ${why}`);
}

function storeOf(config: Config, log: Logger): Store {
  const shared = {
    keepLog: config.TIDEGATE_LOG_DAYS * DAY,
    keepUsage: config.TIDEGATE_USAGE_DAYS * DAY,
    keepVerdicts: config.TIDEGATE_VERDICT_DAYS * DAY,
    log: (level: 'info' | 'warn' | 'error', message: string, fields: object): void =>
      log[level](fields, message),
  };
  if (config.TIDEGATE_STORE === 'embedded') {
    return new EmbeddedStore({ path: join(config.TIDEGATE_DATA_DIR, 'store'), ...shared });
  }
  return new RedisStore({
    url: String(config.TIDEGATE_REDIS_URL),
    prefix: config.TIDEGATE_REDIS_PREFIX,
    replicas: config.TIDEGATE_REDIS_REPLICAS,
    mayInitialise: config.TIDEGATE_ADMIN_TOKEN !== undefined,
    ...shared,
  });
}

/** The mesh, and who notices what runs in its cluster; they share one copy of the endpoints. */
function clusterUsersOf(config: Config, cluster: Cluster): Provider[] {
  if (config.TIDEGATE_MESH !== 'istio') {
    const folder = config.TIDEGATE_MESH_DIR ?? join(config.TIDEGATE_DATA_DIR, 'mesh');
    return [
      { provide: Mesh, useValue: new FilesMesh(folder) },
      { provide: Workloads, useValue: new Workloads(null) },
    ];
  }
  const endpoints = new WatchedEndpoints(cluster);
  return [
    { provide: Mesh, useValue: istioMeshOf(config, cluster, endpoints) },
    { provide: Workloads, useValue: new Workloads(cluster, endpoints) },
  ];
}

function istioMeshOf(config: Config, cluster: Cluster, endpoints: WatchedEndpoints): IstioMesh {
  const urls = config.TIDEGATE_ISTIOD_DEBUG_URLS;
  return new IstioMesh({
    cluster,
    endpoints,
    rootNamespace: config.TIDEGATE_ISTIO_ROOT_NAMESPACE,
    drainMs: config.TIDEGATE_DRAIN_SECONDS * 1_000,
    gateways: config.TIDEGATE_GATEWAY_PROBE_URLS,
    istiod: urls.length > 0 ? { urls, tokenFile: config.TIDEGATE_ISTIOD_TOKEN_FILE } : undefined,
  });
}

function ratesOf(config: Config): Rates {
  return {
    api: config.TIDEGATE_RATE_API,
    evaluation: config.TIDEGATE_RATE_EVALUATION,
    streams: config.TIDEGATE_RATE_STREAMS,
    failures: config.TIDEGATE_RATE_FAILURES,
  };
}

function metricSourcesOf(config: Config, store: Store, history: MetricHistory): MetricSources {
  const webhooks = new WebhookMetricSource({
    calls: new OutgoingCalls(config.TIDEGATE_OUTGOING_LOOPBACK),
    allowed: config.TIDEGATE_METRIC_WEBHOOKS,
    secrets: new MetricSecrets(config.TIDEGATE_METRIC_SECRETS),
  });
  const own = [new EventsMetricSource(store), new OtlpMetricSource(store), webhooks];
  const server = prometheusOf(config);
  const named = Object.entries(namedPrometheusOf(config));
  return new MetricSources([
    ...own,
    ...(server === null ? [] : [prometheusSourceOf(history, server)]),
    ...named.map(([name, one]) => prometheusSourceOf(history, one, name)),
  ]);
}

function prometheusSourceOf(
  history: MetricHistory,
  server: PrometheusServer,
  name: string | null = null,
): MetricSource {
  const reader = new PrometheusMetricSource(server, name);
  return new ScatterLookOut(new SeriesLookOut(reader, new PrometheusClient(server)), history);
}

function namedPrometheusOf(config: Config): Record<string, PrometheusServer> {
  const servers = Object.entries(config.TIDEGATE_PROMETHEUS_SERVERS);
  return Object.fromEntries(
    servers.map(([name, { timeout, ...server }]) => [name, { ...server, timeout: timeout * 1_000 }]),
  );
}

/** Before there was this list, guards could name any secret. */
function warnIfUnsigned(config: Config, log: Logger): void {
  if (config.TIDEGATE_METRIC_WEBHOOKS.length === 0 || config.TIDEGATE_METRIC_SECRETS.length > 0) return;
  log.warn(
    'TIDEGATE_METRIC_SECRETS lists no secret, so that no webhook in TIDEGATE_METRIC_WEBHOOKS can be asked: its guards are blind.',
  );
}

function sourceSetupOf(config: Config): SourceSetup {
  const named = Object.keys(config.TIDEGATE_PROMETHEUS_SERVERS);
  const secrets = new MetricSecrets(config.TIDEGATE_METRIC_SECRETS);
  return {
    servers: config.TIDEGATE_PROMETHEUS_URL === undefined ? named : [null, ...named],
    webhooks: config.TIDEGATE_METRIC_WEBHOOKS,
    loopback: config.TIDEGATE_OUTGOING_LOOPBACK,
    hasSecret: (secretRef) => secrets.has(secretRef),
  };
}

function prometheusOf(config: Config): PrometheusServer | null {
  const url = config.TIDEGATE_PROMETHEUS_URL;
  if (url === undefined) return null;
  return {
    url,
    token: config.TIDEGATE_PROMETHEUS_TOKEN,
    tokenFile: config.TIDEGATE_PROMETHEUS_TOKEN_FILE,
    headers: config.TIDEGATE_PROMETHEUS_HEADERS,
    caFile: config.TIDEGATE_PROMETHEUS_CA_FILE,
    certFile: config.TIDEGATE_PROMETHEUS_CERT_FILE,
    keyFile: config.TIDEGATE_PROMETHEUS_KEY_FILE,
    timeout: config.TIDEGATE_PROMETHEUS_TIMEOUT * 1_000,
    connections: config.TIDEGATE_PROMETHEUS_CONNECTIONS,
  };
}
