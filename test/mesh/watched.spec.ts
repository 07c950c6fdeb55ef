import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { IstioMesh } from '../../src/adapters/mesh/istio/istio-mesh.js';
import { Cluster } from '../../src/cluster/cluster.js';
import { Reflector } from '../../src/cluster/reflector.js';
import type { KubernetesObject } from '../../src/cluster/resource.js';
import { checkoutRoute, tableOf } from '../contract/route-tables.js';
import { apiServerUrl } from './testbed/api-server.js';
import { eventually } from './testbed/eventually.js';
import { FaultProxy } from './testbed/fault-proxy.js';
import { namespace } from './testbed/shop-objects.js';
import { Testbed } from './testbed/testbed.js';

jest.setTimeout(60_000);

const configMaps = { group: '', version: 'v1', plural: 'configmaps', namespace };

let testbed: Testbed;
let proxy: FaultProxy;

beforeAll(async () => {
  testbed = await Testbed.start();
  proxy = await FaultProxy.before(testbed.apiServer);
}, 120_000);

afterAll(async () => {
  await proxy?.stop();
  await testbed?.stop();
}, 30_000);

function configMap(name: string, value: string) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { value } };
}

/** A token of a service account, as the kubelet puts it on disk; the API server gives none for less than ten minutes. */
async function tokenOf(account: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const body = { spec: { expirationSeconds: 600 } };
  const { status } = await testbed.cluster.request<{ status: { token: string } }>('POST', path, body);
  return status.token;
}

describe('a reflector on a real API server', () => {
  it('holds what stands through restarts of the API server, and tells each change once', async () => {
    const cluster = new Cluster({ kubeconfig: testbed.apiServer.kubeconfig() });
    const reflector = new Reflector<KubernetesObject & { data?: { value: string } }>(cluster, configMaps);
    await testbed.cluster.apply(configMap('a', '1'));
    const told: string[] = [];
    reflector.subscribe(({ type, object }) =>
      told.push(`${type} ${object.metadata.name} ${object.data?.value}`),
    );
    reflector.start();
    try {
      await reflector.synced;
      await testbed.cluster.apply(configMap('b', '1'));
      await testbed.apiServer.process.kill();
      await testbed.apiServer.process.start();
      await testbed.cluster.apply(configMap('a', '2'));
      await testbed.cluster.delete(configMap('b', '1'));
      await eventually(() => expect(told).toEqual(['added b 1', 'changed a 2', 'removed b 1']), 30_000);
      expect(reflector.get(namespace, 'a')?.data).toEqual({ value: '2' });
      expect(reflector.get(namespace, 'b')).toBeUndefined();
      await eventually(() => expect(reflector.fresh).toBe(true));
    } finally {
      await reflector.stop();
      cluster.close();
    }
  });

  it('lists anew where the API server has forgotten the version, as it says inside an answer of 200', async () => {
    const cluster = new Cluster({ kubeconfig: proxy.kubeconfig() });
    const slices = { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices', namespace };
    let lists = 0;
    let spoilt = false;
    proxy.intruder = ({ query }) => {
      if (!query.has('watch')) lists += 1;
      // No watch cache reaches back to the very first version.
      else if (!spoilt) query.set('resourceVersion', '1');
      spoilt ||= query.has('watch');
      return false;
    };
    const logged: string[] = [];
    const note = (line: string) => logged.push(line);
    const reflector = new Reflector(cluster, slices, { logger: { warn: note, log: note } });
    try {
      reflector.start();
      await reflector.synced;
      await eventually(() => expect(lists).toBe(2), 30_000);
      expect(logged[0]).toContain('410');
      expect(reflector.list().length).toBeGreaterThan(0);
    } finally {
      proxy.intruder = null;
      await reflector.stop();
      cluster.close();
    }
  });

  it('works on with the next token of a service account once the first is no good', async () => {
    await testbed.cluster.apply({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'rotated', namespace },
    });
    const folder = mkdtempSync(join(tmpdir(), 'service-account-'));
    writeFileSync(join(folder, 'ca.crt'), testbed.apiServer.authority);
    writeFileSync(join(folder, 'token'), await tokenOf('rotated'));
    const cluster = new Cluster({ serviceAccount: { folder, server: apiServerUrl } });
    const review = () =>
      cluster.request<{ status: { userInfo: { username: string } } }>({
        method: 'POST',
        path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
      });
    const name = `system:serviceaccount:${namespace}:rotated`;
    try {
      expect((await review()).status.userInfo.username).toBe(name);
      // Who deletes an account ends its tokens; the new one of that name has others.
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'rotated', namespace } };
      await testbed.cluster.delete(account);
      await testbed.cluster.apply(account);
      await eventually(() => expect(review()).rejects.toMatchObject({ status: 401 }), 30_000);
      writeFileSync(join(folder, 'token'), await tokenOf('rotated'));
      expect((await review()).status.userInfo.username).toBe(name);
    } finally {
      cluster.close();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the Istio mesh that watches', () => {
  it('looks at a route a hundred times without one read, and misses nothing', async () => {
    const mesh = new IstioMesh({ kubeconfig: proxy.kubeconfig(), settleMs: 50 });
    const route = checkoutRoute();
    const table = tableOf(route);
    const reads: string[] = [];
    const woken: string[] = [];
    const stop = mesh.changes((owner) => woken.push(owner.route));
    try {
      await mesh.apply(table);
      await eventually(async () => {
        reads.length = 0;
        proxy.intruder = ({ path }) => {
          reads.push(path);
          return false;
        };
        for (let look = 0; look < 100; look++)
          expect(await mesh.observe(route, table)).toMatchObject({ observed: true });
        expect(reads.filter((path) => path !== '/version')).toEqual([]);
      }, 20_000);
      woken.length = 0;
      await testbed.shop.scale('v2', 2);
      await eventually(async () => {
        expect(woken).toContain('checkout');
        expect((await mesh.observe(route, table)).ready).toEqual({ v1: 1, v2: 2 });
      }, 20_000);
    } finally {
      proxy.intruder = null;
      stop();
      await testbed.shop.scale('v2', 1);
    }
  });
});
