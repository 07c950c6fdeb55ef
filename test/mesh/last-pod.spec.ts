import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCheckout, ENVIRONMENT, ROUTE } from '../support/checkout.js';
import { startOnMesh } from '../support/service-on-mesh.js';
import type { ServiceProcess } from '../support/service-process.js';
import { eventually } from './testbed/eventually.js';
import type { KubernetesObject } from './testbed/kubernetes-object.js';
import { namespace, serviceName } from './testbed/shop-objects.js';
import { SteadyLoad } from './testbed/steady-load.js';
import { Testbed } from './testbed/testbed.js';

const PER_SECOND = 200;
const reason = 'To see who notices';

let testbed: Testbed;
let service: ServiceProcess;
let load: SteadyLoad;

beforeAll(async () => {
  testbed = await Testbed.start();
  service = await startOnMesh(testbed, {
    TIDEGATE_ISTIOD_DEBUG_URLS: testbed.istiod.debugUrl,
    TIDEGATE_WHEN_EMPTY: 'control',
  });
  const steps = [{ weight: 100_000, hold: null }];
  await createCheckout(service.admin, { issuer: testbed.issuer, guard: null, steps });
  const arms = [
    { version: 'v2', weight: 5_000 },
    { version: 'v1', weight: 5_000 },
  ];
  const rule = { id: 'share', condition: { all: [] }, serve: { split: { arms } } };
  await service.admin.do('addRouteRule', { environment: ENVIRONMENT, key: ROUTE, rule, reason });
  load = new SteadyLoad(testbed.shop.outside, PER_SECOND, ROUTE);
  await eventually(() => {
    const recent = load.answers.slice(-50);
    expect(new Set(recent.map(({ version }) => version))).toEqual(new Set(['v1', 'v2']));
    expect(recent.every(({ failure }) => failure === null)).toBe(true);
  }, 60_000);
}, 180_000);

afterAll(async () => {
  await load?.stop();
  await service?.stop();
  await testbed?.stop();
}, 60_000);

interface Slice extends KubernetesObject {
  readonly endpoints?: readonly {
    readonly conditions?: { readonly ready?: boolean };
    readonly targetRef?: { readonly name?: string };
  }[];
}

/** Resolves when no EndpointSlice names a ready pod of the version any more; when that was, ms. */
async function emptySince(version: string): Promise<number> {
  const slices = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', namespace };
  return eventually(
    async () => {
      const found = await testbed.cluster.list<Slice>(slices, `kubernetes.io/service-name=${serviceName}`);
      const ready = found
        .flatMap(({ endpoints }) => endpoints ?? [])
        .filter(
          ({ conditions, targetRef }) =>
            conditions?.ready !== false && targetRef?.name?.startsWith(`${serviceName}-${version}-`),
        );
      if (ready.length > 0) throw new Error(`${version} has ready endpoints`);
      return performance.now();
    },
    30_000,
    5,
  );
}

async function status() {
  const { route } = await service.admin.run(
    `{ route(environment: "${ENVIRONMENT}", key: "${ROUTE}") { status { phase spared error { code } } } }`,
  );
  return route?.status;
}

describe('under load', () => {
  it('requests leave a version whose last pod dies, and come back with the first that is ready', async () => {
    const isEmpty = emptySince('v2');
    const begun = performance.now();
    await testbed.shop.scale('v2', 0);
    const since = await isEmpty;
    await eventually(async () => expect(await status()).toMatchObject({ spared: ['v2'] }), 20_000);
    await eventually(() => {
      const recent = load.answers.slice(-100);
      expect(recent.map(({ failure }) => failure).filter((failure) => failure !== null)).toEqual([]);
    }, 20_000);
    await sleep(1_000);
    const after = load.answers.filter(({ sent }) => sent >= since);
    const failed = after.filter(({ failure }) => failure !== null);
    const last = Math.max(since, ...failed.map(({ sent }) => sent));
    const before = load.answers.filter(
      ({ sent, failure }) => sent >= begun && sent < since && failure !== null,
    );
    process.stdout.write(
      `the last pod of a version with half of ${PER_SECOND} requests a second is taken away: ${failed.length} of ` +
        `${after.length} failed after the EndpointSlices had shown it, the last after ${Math.round(last - since)} ms; ` +
        `${before.length} in the ${Math.round(since - begun)} ms before\n`,
    );
    // Half of the requests fail until the proxies have the new table: as many as are sent in 5 s, on a busy machine.
    expect(before.length + failed.length).toBeLessThan((PER_SECOND / 2) * 5);
    await testbed.shop.scale('v2', 1);
    await testbed.shop.available('v2', 1);
    await eventually(
      () => expect(load.answers.slice(-50).map(({ version }) => version)).toContain('v2'),
      30_000,
    );
    expect(await status()).toMatchObject({ error: null });
  }, 120_000);

  it('requests stay where they are while there is nothing to return to, and the status says so', async () => {
    await testbed.shop.scale('v1', 0);
    await emptySince('v1');
    await service.admin.do('closeRoute', { environment: ENVIRONMENT, key: ROUTE, version: 'v1', reason });
    await eventually(async () => {
      expect(await status()).toMatchObject({ phase: 'pending', error: { code: 'NOTHING_TO_RETURN_TO' } });
    }, 30_000);
    expect(load.answers.slice(-50).map(({ version }) => version)).toContain('v2');
    await testbed.shop.scale('v1', 1);
    await testbed.shop.available('v1', 1);
    await eventually(() => {
      const recent = load.answers.slice(-100).map(({ version, failure }) => failure ?? version);
      expect(new Set(recent)).toEqual(new Set(['v1']));
    }, 30_000);
    expect(await status()).toMatchObject({ phase: 'applied', error: null });
  }, 120_000);
});
