import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { routeOf } from '../../../../test/support/image.js';
import { type Fault, PlayedApiServer } from '../../../../test/support/played-api-server.js';
import { Cluster } from '../../../cluster/cluster.js';
import { ReadyEndpoints } from './ready-endpoints.js';
import type { Endpoint } from './watched-cluster.js';

const ROUTE = routeOf({ key: 'shop', versions: { v1: { version: 'v1' }, v2: { version: 'v2' } } }).value;

let server: PlayedApiServer;
let cluster: Cluster;
let pods: { name: string; uid: string; version: string }[];
let endpoints: Endpoint[];
let ready: ReadyEndpoints;

beforeEach(async () => {
  server = await PlayedApiServer.start();
  cluster = new Cluster({ serviceAccount: server.place });
  [pods, endpoints] = [[], []];
  ready = new ReadyEndpoints(cluster, () => [{ metadata: { name: 'shop-1' }, endpoints }]);
});

afterEach(async () => {
  cluster.close();
  await server.stop();
});

const listPods: Fault = (response, request) => {
  const labels = new URL(request.url ?? '', 'http://x').searchParams.get('labelSelector');
  const items = pods
    .filter(({ version }) => labels === `version=${version}`)
    .map(({ name, uid }) => ({ metadata: { name, uid, namespace: 'shop' } }));
  response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items }));
};

/** Asks with so many lists of pods answered by `pods`; answers how many were made, too. */
async function ask(): Promise<{ readonly counts: unknown; readonly lists: number }> {
  const before = server.lists.length;
  server.faults.list = [listPods, listPods];
  const counts = await ready.of(ROUTE);
  return { counts, lists: server.lists.length - before };
}

const pod = (name: string, uid?: string): Endpoint => ({
  addresses: ['10.0.0.1'],
  targetRef: { kind: 'Pod', name, ...(uid !== undefined && { uid }) },
});

describe('ready endpoints', () => {
  it('are not those of the pod that had the name before', async () => {
    pods = [{ name: 'shop-0', uid: 'a', version: 'v1' }];
    endpoints = [pod('shop-0', 'a')];
    expect(await ask()).toEqual({ counts: { v1: 1, v2: 0 }, lists: 2 });
    pods = [{ name: 'shop-0', uid: 'b', version: 'v2' }];
    endpoints = [];
    expect(await ask()).toEqual({ counts: { v1: 0, v2: 0 }, lists: 0 });
    endpoints = [pod('shop-0', 'b')];
    expect(await ask()).toEqual({ counts: { v1: 0, v2: 1 }, lists: 2 });
  });

  it('are known without asking while the same pods stand, and by name where a slice says no more', async () => {
    pods = [{ name: 'shop-0', uid: 'a', version: 'v1' }];
    endpoints = [pod('shop-0')];
    expect(await ask()).toEqual({ counts: { v1: 1, v2: 0 }, lists: 2 });
    expect(await ask()).toEqual({ counts: { v1: 1, v2: 0 }, lists: 0 });
  });
});
