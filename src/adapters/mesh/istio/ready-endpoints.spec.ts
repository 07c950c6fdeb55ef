import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { routeOf } from '../../../../test/support/image.js';
import { type Fault, PlayedApiServer } from '../../../../test/support/played-api-server.js';
import { Cluster } from '../../../cluster/cluster.js';
import type { Endpoint } from '../../../cluster/endpoint-slice.js';
import type { Labels } from '../../../cluster/watched-endpoints.js';
import { ReadyEndpoints } from './ready-endpoints.js';

const ROUTE = routeOf({ key: 'shop', versions: { v1: { version: 'v1' }, v2: { version: 'v2' } } }).value;

let server: PlayedApiServer;
let cluster: Cluster;
let pods: { name: string; uid: string; version: string }[];
let endpoints: Endpoint[];
let ready: ReadyEndpoints;
let labelsOf: (target: NonNullable<Endpoint['targetRef']>) => Labels | null;

beforeEach(async () => {
  server = await PlayedApiServer.start();
  cluster = new Cluster({ serviceAccount: server.place });
  [pods, endpoints] = [[], []];
  labelsOf = () => null;
  ready = new ReadyEndpoints(cluster, {
    slicesOf: () => [{ metadata: { name: 'shop-1' }, endpoints }],
    labelsOf: (_namespace, target) => labelsOf(target),
  });
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

  it('are counted without asking where each of their pods is watched, and asked for where one is not', async () => {
    endpoints = [pod('shop-0', 'a'), pod('shop-0', 'a'), pod('shop-1', 'b'), pod('shop-2', 'c')];
    const versions = new Map([
      ['a', 'v1'],
      ['b', 'v2'],
      ['c', 'v2'],
    ]);
    labelsOf = ({ uid = '' }) => (versions.has(uid) ? { app: 'shop', version: versions.get(uid)! } : null);
    expect(await ask()).toEqual({ counts: { v1: 1, v2: 2 }, lists: 0 });
    versions.delete('c');
    pods = [{ name: 'shop-2', uid: 'c', version: 'v1' }];
    expect(await ask()).toEqual({ counts: { v1: 1, v2: 0 }, lists: 2 });
  });

  it.each<[string, { slices: 'unknown' | 'none' | 'some'; labels: Labels[] }, string | null]>([
    ['nothing where nothing is watched', { slices: 'unknown', labels: [] }, null],
    [
      'that there is no such Service',
      { slices: 'none', labels: [] },
      'There is no Service shop in namespace shop, or it has no selector.',
    ],
    ['nothing where no pod is ready', { slices: 'some', labels: [] }, null],
    ['nothing where all pods are of versions', { slices: 'some', labels: [{ version: 'v1' }] }, null],
    [
      'which labels the pods have that are of no version',
      { slices: 'some', labels: [{ version: 'v1' }, { app: 'shop', version: 'stable' }, { app: 'shop' }] },
      'Ready pods behind the Service have the labels version=stable (and 1 more of the kind), which is no version of the route.',
    ],
  ])('of which a version has none: it is told %s', (_, { slices, labels }, words) => {
    const slice = { metadata: { name: 'shop-1' }, endpoints: labels.map((_label, at) => pod(`shop-${at}`)) };
    const found = { unknown: null, none: [], some: [slice] }[slices];
    const watched = new ReadyEndpoints(cluster, {
      slicesOf: () => found,
      labelsOf: (_namespace, { name = '' }) => labels[Number(name.split('-')[1])] ?? null,
    });
    expect(watched.whyNone(ROUTE)).toBe(words);
  });
});
