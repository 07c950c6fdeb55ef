import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createCheckout, ENVIRONMENT, ROUTE, SERVICE } from '../support/checkout.js';
import { ServiceProcess } from '../support/service-process.js';
import { eventually } from './testbed/eventually.js';
import { FaultProxy, refuse } from './testbed/fault-proxy.js';
import type { KubernetesObject, ObjectRef } from './testbed/kubernetes-object.js';
import { namespace } from './testbed/shop-objects.js';
import { Testbed } from './testbed/testbed.js';
import { request } from './testbed/traffic.js';

const apiVersion = 'networking.istio.io/v1';
/** Waits between tries grow to 10 s, and what a watch has shown is believed for 10 s without it: nothing changes after. */
const OUTAGE_MS = 20_000;
/** Istiod's watches wait up to 30 s between tries, doubled by chance (client-go, NewReflector: 800 ms to 30 s, jitter 1); ours are back long before. */
const ISTIOD_LOOKS_AGAIN_MS = 120_000;
const CRD = 'virtualservices.networking.istio.io';

function ref(kind: string, name: string): ObjectRef {
  return { apiVersion, kind, metadata: { name, namespace } };
}

const rule = ref('DestinationRule', `tg-${ROUTE}`);
const mesh = ref('VirtualService', `tg-${ROUTE}-mesh`);
const gateway = ref('VirtualService', `tg-${ROUTE}-gw`);

let testbed: Testbed;
let proxy: FaultProxy;
let service: ServiceProcess;

beforeAll(async () => {
  testbed = await Testbed.start();
  proxy = await FaultProxy.before(testbed.apiServer);
  service = await ServiceProcess.start({
    settings: { TIDEGATE_MESH: 'istio', TIDEGATE_KUBECONFIG: proxy.kubeconfig() },
  });
  await createCheckout(service.admin, {
    issuer: testbed.issuer,
    guard: null,
    steps: [{ weight: 100_000, hold: null }],
  });
}, 180_000);

afterAll(async () => {
  await service?.stop();
  await proxy?.stop();
  await testbed?.stop();
}, 60_000);

beforeEach(() => change({ service: SERVICE, versions: versions('v1', 'v2'), default: 'v1' }), 60_000);

afterEach(() => {
  proxy.intruder = null;
  proxy.watchDelay = 0;
});

const versions = (...names: string[]) => Object.fromEntries(names.map((name) => [name, { version: name }]));
const status = () => service.admin.routeStatus(ENVIRONMENT, ROUTE);

let turn = 0;

/** Writes the route; its table is a new one each time. */
async function write(fields: object): Promise<void> {
  const description = `Turn ${++turn}`;
  const input = { environment: ENVIRONMENT, key: ROUTE, description, ...fields, reason: description };
  await eventually(() => service.admin.do('updateRoute', input), 10_000);
}

/** Waits until what stands in the mesh is the route as it is now. */
async function untilApplied(withinMs = 40_000): Promise<void> {
  await eventually(async () => {
    const { route } = await service.admin.run(
      `{ route(environment: "${ENVIRONMENT}", key: "${ROUTE}") { revision status { phase applied observed error { code message } } } }`,
    );
    const { applied, ...rest } = route?.status ?? {};
    expect(rest).toEqual({ phase: 'applied', observed: true, error: null });
    expect(Number(applied?.split('.').at(-1))).toBeGreaterThanOrEqual(route?.revision ?? 0);
  }, withinMs);
}

async function change(fields: object): Promise<void> {
  await write(fields);
  await untilApplied();
}

async function untilError(code: string, words: string): Promise<void> {
  await eventually(async () => {
    expect((await status())?.error).toMatchObject({ code, message: expect.stringContaining(words) });
  }, 30_000);
}

async function subsets(): Promise<string[]> {
  const { spec } = await testbed.cluster.get<KubernetesObject & { spec: { subsets: { name: string }[] } }>(
    rule,
  );
  return spec.subsets.map(({ name }) => name);
}

const versionOf = async (object: ObjectRef) => (await testbed.cluster.get(object)).metadata.resourceVersion;

describe('faults of a real mesh', () => {
  it.each([
    ['Service', `ghost.${namespace}.svc.cluster.local`],
    ['namespace', 'checkout.nowhere.svc.cluster.local'],
  ])(
    'a %s that does not exist gets no route, and the old one stays until it is right again',
    async (_, name) => {
      const before = await versionOf(mesh);
      await write({ service: name });
      await untilError('NOTHING_TO_RETURN_TO', 'No ready endpoints');
      expect(await versionOf(mesh)).toBe(before);
      await change({ service: SERVICE });
    },
  );

  it('an API server that is away for longer than any wait of ours takes no route away, and all that was missed is made good', async () => {
    const versionAsked = async () => {
      const { status, headers } = await request(testbed.shop.outside);
      return `${status} ${String(headers['x-version'])}`;
    };
    await eventually(async () => expect(await versionAsked()).toBe('200 v1'), 20_000);
    const gone = performance.now();
    await testbed.apiServer.process.kill();
    try {
      await write({ default: 'v2' });
      while (performance.now() - gone < OUTAGE_MS) {
        expect(await versionAsked()).toBe('200 v1');
        await sleep(200);
      }
      await untilError('MESH_UNAVAILABLE', '');
    } finally {
      await testbed.apiServer.process.start();
    }
    const back = performance.now();
    await untilApplied();
    const written = Math.round(performance.now() - back);
    await eventually(async () => expect(await versionAsked()).toBe('200 v2'), ISTIOD_LOOKS_AGAIN_MS);
    const arrived = Math.round(performance.now() - back);
    process.stdout.write(
      `after ${OUTAGE_MS} ms without it, the API server had all ${written} ms after it was back, the gateway after ${arrived} ms\n`,
    );
    await testbed.cluster.delete(mesh);
    await eventually(() => testbed.cluster.get(mesh), 30_000);
    await change({});
  }, 240_000);

  it('a denial of a webhook reaches the user in its words, and nothing is written of the other objects', async () => {
    const [policy, binding] = denial(`tg-${ROUTE}-mesh`, 'no changes on a Friday');
    await testbed.cluster.applyAll([policy, binding]);
    try {
      await eventually(async () => {
        await expect(
          testbed.cluster.request(
            'PATCH',
            pathTo(mesh),
            { metadata: { labels: { a: String(++turn) } } },
            MERGE,
          ),
        ).rejects.toThrow('Friday');
      }, 20_000);
      const before = [await subsets(), await versionOf(gateway)];
      await write({ versions: versions('v1', 'v2', 'v3') });
      await untilError('MESH_REFUSED', 'no changes on a Friday');
      expect([await subsets(), await versionOf(gateway)]).toEqual(before);
    } finally {
      await testbed.cluster.delete(binding);
      await testbed.cluster.delete(policy);
    }
    await untilApplied();
    expect(await subsets()).toContain('tg-v3');
  });

  it('a definition that serves another version only is said, and all is right once it serves ours', async () => {
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: CRD },
    };
    const { spec } = await testbed.cluster.get<KubernetesObject & { spec: { versions: { name: string }[] } }>(
      definition,
    );
    const index = spec.versions.findIndex(({ name }) => name === 'v1');
    const serve = (value: boolean) =>
      testbed.cluster.patch(
        definition,
        [{ op: 'replace', path: `/spec/versions/${index}/served`, value }],
        'json-patch',
      );
    await serve(false);
    try {
      await write({});
      await untilError('MESH_REFUSED', 'knows no VirtualService of networking.istio.io/v1');
    } finally {
      await serve(true);
    }
    await untilApplied();
  });

  it('a definition that is missing is said, and the routes are written again once it is back', async () => {
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: CRD },
    };
    const { metadata, ...rest } = await testbed.cluster.get(definition);
    await testbed.cluster.delete(definition);
    try {
      await eventually(async () => {
        await expect(testbed.cluster.get(definition)).rejects.toThrow('404');
      }, 30_000);
      await untilError('MESH_REFUSED', 'knows no VirtualService of networking.istio.io/v1');
    } finally {
      const { status: _status, ...body } = rest;
      await testbed.cluster.apply({
        ...body,
        apiVersion: definition.apiVersion,
        kind: definition.kind,
        metadata: { name: metadata.name },
      });
    }
    await untilApplied();
    await testbed.cluster.get(mesh);
  });

  it('a watch that has expired is no loss: the lists are read anew, and an edit is seen', async () => {
    let expired = 0;
    proxy.intruder = ({ query }, response) => {
      if (!query.has('watch') || expired >= 6) return false;
      expired += 1;
      if (expired % 2 === 0) return refuse(response, 410, 'too old resource version');
      const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      return true;
    };
    proxy.cut();
    await testbed.cluster.delete(mesh);
    await eventually(() => testbed.cluster.get(mesh), 30_000);
    await eventually(async () => expect(expired).toBe(6), 30_000);
    await untilApplied();
  });

  it('a watch that is slow misleads nobody: what we wrote is not taken for somebody’s edit', async () => {
    proxy.watchDelay = 2_000;
    proxy.cut();
    for (const version of ['v2', 'v1', 'v2']) await change({ default: version });
    expect((await status())?.error).toBeNull();
    const { spec } = await testbed.cluster.get(mesh);
    expect(JSON.stringify(spec)).toContain('tg-v2');
  });

  it('a storm of conflicts ends in the table that is wanted', async () => {
    let refused = 0;
    proxy.intruder = ({ method, query }, response) =>
      method === 'PATCH' &&
      !query.has('dryRun') &&
      refused++ < 20 &&
      refuse(response, 409, 'the object has been modified; please apply your changes to the latest version');
    await write({ default: 'v1' });
    await untilApplied();
    expect(refused).toBeGreaterThan(20);
  });

  it('a kill between two writes is mended by the next start', async () => {
    let resolve = (): void => undefined;
    const reached = new Promise<void>((done) => (resolve = done));
    proxy.intruder = ({ method, path, query }) => {
      const isRoute = method === 'PATCH' && !query.has('dryRun') && path.includes('virtualservices');
      if (isRoute) resolve();
      return isRoute;
    };
    const before = await versionOf(gateway);
    await write({ versions: versions('v1', 'v2', 'v4'), default: 'v2' });
    await reached;
    await service.process.kill();
    proxy.intruder = null;
    expect(await subsets()).toContain('tg-v4');
    expect(await versionOf(gateway)).toBe(before);
    await service.process.start();
    await untilApplied();
    expect(await versionOf(gateway)).not.toBe(before);
  });

  it('a store that is empty takes no route away', async () => {
    const before = [await versionOf(rule), await versionOf(mesh), await versionOf(gateway)];
    await service.process.stop();
    rmSync(join(service.folder, 'data'), { recursive: true });
    await service.process.start();
    await service.admin.do('createEnvironment', { key: ENVIRONMENT, reason: 'A new beginning' });
    await eventually(async () => {
      expect(service.log().map(({ msg }) => msg)).toContainEqual(expect.stringContaining('left alone'));
    }, 40_000);
    expect([await versionOf(rule), await versionOf(mesh), await versionOf(gateway)]).toEqual(before);
  });
});

const MERGE = 'application/merge-patch+json';

function pathTo({ metadata }: ObjectRef): string {
  return `/apis/${apiVersion}/namespaces/${namespace}/virtualservices/${metadata.name}`;
}

/** A rule of the API server's admission that refuses every write to one object. */
function denial(name: string, message: string): [KubernetesObject, KubernetesObject] {
  const group = 'admissionregistration.k8s.io/v1';
  const rules = [
    {
      apiGroups: ['networking.istio.io'],
      apiVersions: ['v1'],
      operations: ['CREATE', 'UPDATE'],
      resources: ['virtualservices'],
    },
  ];
  return [
    {
      apiVersion: group,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'no-fridays' },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules: rules },
        validations: [{ expression: `object.metadata.name != '${name}'`, message }],
      },
    },
    {
      apiVersion: group,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: 'no-fridays' },
      spec: { policyName: 'no-fridays', validationActions: ['Deny'] },
    },
  ];
}
