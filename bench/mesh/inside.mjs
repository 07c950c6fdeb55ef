// Measures inside the testbed's network, and writes the rows: inside.mjs <file> [--short]
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedStore } from '../../dist/src/adapters/store/embedded/embedded-store.js';
import { Cluster } from '../../dist/src/cluster/cluster.js';
import { Reflector } from '../../dist/src/cluster/reflector.js';
import { renderRouteTable } from '../../dist/src/domain/render/render-route-table.js';
import { median } from '../measure.mjs';
import { atMost, row } from '../row.mjs';
import { ENVIRONMENT } from '../servers/service.mjs';
import { RealCluster } from './cluster.mjs';
import { MeshService } from './mesh-service.mjs';
import { becomePod } from './pod-place.mjs';
import { routeOf, serviceOf } from './sample-routes.mjs';

const ROUTES = 500;
const SLICES = 5_000;
const MEGABYTE = 1_000_000;
/** In which V8 gives back what a burst made it take, ms. */
const IDLE = 30_000;

const [file, size] = process.argv.slice(2);
const isShort = size === '--short';
const folder = mkdtempSync(join(process.env.TIDEGATE_TESTBED_DATA, 'service-'));
const cluster = await RealCluster.start();
let service;
try {
  becomePod(await cluster.account());
  const [written] = await Promise.all([tables(), cluster.populate({ routes: ROUTES, slices: SLICES })]);
  await cluster.stand(written);
  service = await MeshService.begin(folder, { TIDEGATE_MESH: 'istio' });
  writeFileSync(file, JSON.stringify(await measured()));
} finally {
  await service?.stop();
  await cluster.stop();
}
process.exit(0);

/** The tables of all routes, as a service that was stopped before it could write them has them in its store. */
async function tables() {
  const writer = await MeshService.begin(folder, { TIDEGATE_MESH: 'files' });
  try {
    await writer.make(Array.from({ length: ROUTES }, (_, index) => routeOf(index)));
  } finally {
    await writer.stop('SIGTERM');
  }
  const store = new EmbeddedStore({ path: join(folder, 'store') });
  await store.open();
  try {
    const { scope, epoch, documents } = await store.image(ENVIRONMENT);
    return documents.list('route').map((route) => renderRouteTable(scope, epoch, route, documents));
  } finally {
    await store.close();
  }
}

async function measured() {
  cluster.asked();
  const began = Date.now();
  await service.stop('SIGTERM');
  service = await MeshService.begin(folder, { TIDEGATE_MESH: 'istio' });
  const ready = Date.now();
  const done = await service.untilAllChecked(began);
  const first = cluster.asked();
  const { spread, cpu } = await laterResyncs(isShort ? 2 : 6);
  const later = cluster.asked();
  const { times, requests } = await changes(isShort ? 30 : 200);
  await sleep(IDLE);
  const rss = await service.rss();
  return [
    row({
      case: 'the first resync, from the moment the service is ready',
      metric: `time (${first.reads} requests)`,
      unit: 's',
      value: (done - ready) / 1_000,
      goal: atMost(5, 20),
    }),
    row({
      case: 'a resync later on',
      metric: `time (CPU of the service: ${cpu.toFixed(0)} ms, ${later.reads} requests)`,
      unit: 's',
      value: spread / 1_000,
      goal: atMost(5, 10),
    }),
    row({
      case: 'these, where nothing changed',
      metric: 'writes to the API server',
      unit: 'requests',
      value: first.writes + later.writes,
      goal: atMost(0),
    }),
    row({
      case: 'the share of one route, with nothing else going on',
      metric: `GraphQL request sent until the API server tells of it, p50 (${requests.toFixed(1)} requests)`,
      unit: 'ms',
      value: median(times),
      goal: atMost(30, 300),
    }),
    row({
      case: `${ROUTES} routes and ${SLICES.toLocaleString('en')} EndpointSlices watched`,
      metric: 'RSS of the service, half a minute after the last change, after a collection',
      unit: 'MB',
      value: rss / MEGABYTE,
      goal: atMost(250, 300),
    }),
  ];
}

/** All statuses of one resync are written one after the other: the least distance of the first and the last, ms. */
async function laterResyncs(rounds) {
  const cpu = await service.cpu();
  const end = performance.now() + rounds * 5_000;
  let spread = Infinity;
  while (performance.now() < end) {
    const checked = await service.checked();
    spread = Math.min(spread, Math.max(...checked) - Math.min(...checked));
    await sleep(500);
  }
  return { spread, cpu: ((await service.cpu()) - cpu) / rounds };
}

/** From the request that moves the share of a route until somebody who watches sees it at the gateway, ms each. */
async function changes(count) {
  const connection = new Cluster({ kubeconfig: cluster.kubeconfig });
  const { name, namespace } = serviceOf(0);
  const resource = {
    group: 'networking.istio.io',
    version: 'v1',
    plural: 'virtualservices',
    labelSelector: `tidegate.io/route=${name}`,
    namespace,
  };
  const routes = new Reflector(connection, resource);
  routes.start();
  await routes.synced;
  const standing = routes.list().length;
  const times = [];
  cluster.asked();
  for (let round = 0; round < count; round += 1) {
    const began = performance.now();
    const seen = nextOf(routes, standing);
    await service.change(name, routeOf(0, 3_000 + 10 * round));
    times.push((await seen) - began);
    await sleep(50);
  }
  const { reads, writes } = cluster.asked();
  if (writes < count) throw new Error(`${writes} writes of ${count} changes`);
  await routes.stop();
  connection.close();
  return { times, requests: (reads + writes) / count };
}

/** Resolves with the moment at which all objects of the route have changed. */
function nextOf(routes, standing) {
  const seen = new Set();
  return new Promise((resolve) => {
    const stop = routes.subscribe(({ object }) => {
      seen.add(object.metadata.name);
      if (seen.size < standing) return;
      stop();
      resolve(performance.now());
    });
  });
}
