import { setInterval as ticks } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createClient, type TidegateClient } from '@tidegate/sdk';
import { makeUsers } from '../support/census.js';
import {
  createCheckout,
  EMPLOYEE,
  ENVIRONMENT,
  GATEWAY,
  PUBLIC_HOST,
  ROUTE,
  SERVICE,
} from '../support/checkout.js';
import { act } from '../support/release.js';
import { startOnMesh } from '../support/service-on-mesh.js';
import type { ServiceProcess } from '../support/service-process.js';
import { eventually } from './testbed/eventually.js';
import { objectPath, type KubernetesObject, type ObjectRef } from './testbed/kubernetes-object.js';
import { namespace } from './testbed/shop-objects.js';
import { type Step, StepLoad } from './testbed/step-load.js';
import { Testbed } from './testbed/testbed.js';

const MANAGER = 'argocd-controller';
const STEPS: readonly Step[] = [{ audience: 'employees' }, { weight: 20_000 }, { weight: 100_000 }];
const apiVersion = 'networking.istio.io/v1';
const gateway: ObjectRef = {
  apiVersion,
  kind: 'VirtualService',
  metadata: { name: `tg-${ROUTE}-gw`, namespace },
};
const rule: ObjectRef = { apiVersion, kind: 'DestinationRule', metadata: { name: `tg-${ROUTE}`, namespace } };

interface Routing extends KubernetesObject {
  spec: { http?: unknown[]; hosts?: string[] };
}

let testbed: Testbed;
let service: ServiceProcess;
let client: TidegateClient;

beforeAll(async () => {
  testbed = await Testbed.start();
  service = await startOnMesh(testbed);
  await createCheckout(service.admin, {
    issuer: testbed.issuer,
    guard: null,
    steps: STEPS.map((step) => ({ ...step, hold: null })),
  });
  client = createClient({ url: service.url, key: await service.admin.makeToken(ENVIRONMENT, 'server') });
  await client.ready();
}, 180_000);

afterAll(async () => {
  await client?.close();
  await service?.stop();
  await testbed?.stop();
}, 60_000);

const status = () => service.admin.routeStatus(ENVIRONMENT, ROUTE);

async function untilApplied(): Promise<void> {
  await eventually(async () => {
    const { route } = await service.admin.run(
      `{ route(environment: "${ENVIRONMENT}", key: "${ROUTE}") { revision status { phase applied observed } } }`,
    );
    const applied = Number(route?.status?.applied?.split('.').at(-1) ?? -1);
    expect({ ...route?.status, applied: applied >= (route?.revision ?? 0) }).toEqual({
      phase: 'applied',
      observed: true,
      applied: true,
    });
  }, 30_000);
}

/** A new table, of which nobody has undone anything yet. */
async function newTable(reason: string): Promise<void> {
  await service.admin.do('updateRoute', {
    environment: ENVIRONMENT,
    key: ROUTE,
    description: reason,
    reason,
  });
  await untilApplied();
}

/** Writes an object as another field manager does who takes whatever he wants. */
async function writeAs(manager: string, ref: ObjectRef, spec: unknown): Promise<void> {
  const path = `${objectPath(ref)}?fieldManager=${manager}&force=true`;
  await testbed.cluster.request('PATCH', path, { ...ref, spec }, 'application/apply-patch+yaml');
}

/** Everybody to v2, whatever Tidegate says. */
async function allToV2(): Promise<Routing['spec']> {
  const { spec } = await testbed.cluster.get<Routing>(gateway);
  const destination = { host: `checkout.${namespace}.svc.cluster.local`, subset: 'tg-v2' };
  return { ...spec, http: [{ route: [{ destination }] }] };
}

/** How long until an object says again what it said, after `act`, ms. */
async function timeToRepair(ref: ObjectRef, act: () => Promise<void>): Promise<number> {
  const { spec } = await testbed.cluster.get<Routing>(ref);
  await act();
  const started = performance.now();
  await eventually(
    async () => expect((await testbed.cluster.get<Routing>(ref)).spec).toEqual(spec),
    20_000,
    10,
  );
  return performance.now() - started;
}

describe('drift on a real mesh', () => {
  let round = 0;

  beforeEach(() => newTable(`Round ${++round}`));

  it('repairs what somebody wrote, within a second', async () => {
    const times: number[] = [];
    for (const turn of [1, 2, 3, 4, 5]) {
      await newTable(`Turn ${turn} of round ${round}`);
      const spec = await allToV2();
      times.push(await timeToRepair(gateway, () => writeAs('kubectl-edit', gateway, spec)));
    }
    const shown = times.map((time) => time.toFixed(0)).join(', ');
    console.info(`edits of somebody else were repaired after ${shown} ms`);
    expect(times.toSorted((a, b) => a - b)[2]).toBeLessThan(1_000);
    await untilApplied();
  });

  it.each([
    ['a VirtualService', gateway],
    ['a DestinationRule', rule],
  ])('writes %s again that somebody removed', async (_, ref) => {
    const times: number[] = [];
    for (const turn of [1, 2, 3]) {
      await newTable(`Turn ${turn} of round ${round}`);
      times.push(await timeToRepair(ref, () => testbed.cluster.delete(ref)));
    }
    console.info(`removed objects were back after ${times.map((time) => time.toFixed(0)).join(', ')} ms`);
    expect(times.toSorted((a, b) => a - b)[1]).toBeLessThan(2_500);
    await untilApplied();
  });

  it('stops where another field manager undoes every repair, says who, and writes the next change all the same', async () => {
    const spec = await allToV2();
    const stop = new AbortController();
    const fighting = applyEverySecond(spec, stop.signal);
    try {
      await eventually(async () => {
        expect(await status()).toMatchObject({
          phase: 'pending',
          observed: false,
          error: { code: 'CONFLICT', message: expect.stringContaining(`"${MANAGER}"`) },
        });
      }, 60_000);
      expect((await status())?.error?.message).toContain(`VirtualService ${namespace}/tg-${ROUTE}-gw`);
      const [before, after] = await twoVersionsApart(3_000);
      expect(after).toBe(before);
    } finally {
      stop.abort();
      await fighting;
    }
    await newTable('Something else');
    expect((await status())?.error).toBeNull();
  });

  it('repairs an edit that was made while the API server could not be watched', async () => {
    const { spec } = await testbed.cluster.get<Routing>(gateway);
    const other = await allToV2();
    await testbed.apiServer.process.kill();
    await testbed.apiServer.process.start();
    await writeAs('kubectl-edit', gateway, other);
    await eventually(
      async () => expect((await testbed.cluster.get<Routing>(gateway)).spec).toEqual(spec),
      30_000,
    );
    await untilApplied();
  });

  it('lets another field manager keep the user’s own root, and no request of a rollout goes wrong meanwhile', async () => {
    const delegated = { ownership: 'delegate', audiences: ['employees'] };
    const reason = 'The root is in a repository';
    await service.admin.do('updateRoute', { environment: ENVIRONMENT, key: ROUTE, ...delegated, reason });
    const keeper = new Keeper();
    const load = new StepLoad(testbed.shop, makeUsers(10, 90), {
      headersOf: (context) => client.routeHeaders(context),
      token: testbed.issuer.authorization(EMPLOYEE),
    });
    try {
      await eventually(async () => {
        const { route } = await service.admin.run(
          `{ route(environment: "${ENVIRONMENT}", key: "${ROUTE}") { status { phase error { code } root { names missing standIn } } } }`,
        );
        const names = [`VirtualService ${namespace}/shop`, `VirtualService ${namespace}/shop-inside`];
        const root = { names, missing: [], standIn: false };
        expect(route?.status).toEqual({ phase: 'applied', error: null, root });
      }, 30_000);
      load.start(60);
      await keeper.again(2);
      for (const [index, step] of STEPS.entries()) {
        load.expect(step);
        await act(service.admin, index === 0 ? 'startRollout' : 'promoteRollout');
        await load.untilThere(step);
        await keeper.again(3);
        expect(await status()).toMatchObject({ phase: 'applied', observed: true, error: null });
      }
    } finally {
      await load.stop();
      await keeper.stop();
    }
    const { answers, seconds, wrong } = load;
    process.stdout.write(
      `${answers} requests in ${seconds.toFixed(1)} s (${(answers / seconds).toFixed(0)} a second) while the roots were ` +
        `applied ${keeper.times} times: ${wrong.length} went wrong\n`,
    );
    expect(wrong).toEqual([]);
    expect(answers / seconds).toBeGreaterThanOrEqual(20);
    for (const root of roots()) {
      const { metadata, spec } = await testbed.cluster.get<Routing>(root);
      expect(spec).toEqual((root as Routing).spec);
      const managers = metadata['managedFields' as never] as { manager: string }[];
      expect(managers.map(({ manager }) => manager)).toEqual([MANAGER]);
    }
  }, 120_000);
});

/** As a tool does that holds a cluster to what a repository says. */
async function applyEverySecond(spec: unknown, signal: AbortSignal): Promise<void> {
  try {
    await writeAs(MANAGER, gateway, spec);
    for await (const _ of ticks(1_000, null, { signal })) await writeAs(MANAGER, gateway, spec);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** The user's own VirtualServices, for outside and inside, which name the delegates. */
function roots(): readonly KubernetesObject[] {
  const claims = {
    '@request.auth.claims.groups': { exact: 'employees' },
    '@request.auth.claims.iss': { exact: testbed.issuer.issuer },
    '@request.auth.claims.aud': { exact: testbed.issuer.audience },
  };
  const to = (role = '') => ({ delegate: { name: `tg-${ROUTE}${role}`, namespace } });
  const http = [{ match: [{ headers: claims }], ...to('-employees') }, to()];
  const root = (name: string, spec: object): KubernetesObject => ({
    apiVersion,
    kind: 'VirtualService',
    metadata: { name, namespace },
    spec,
  });
  return [
    root('shop', { hosts: [PUBLIC_HOST], gateways: [GATEWAY], http }),
    root('shop-inside', { hosts: [SERVICE], http: [to('-inside')] }),
  ];
}

/** Applies the roots every second, as `MANAGER`, and counts how often. */
class Keeper {
  times = 0;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor() {
    this.#ended = this.#keep();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  /** Waits until all has been applied so often again. */
  async again(times: number): Promise<void> {
    const before = this.times;
    await eventually(() => expect(this.times).toBeGreaterThanOrEqual(before + times), 30_000);
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stop;
    try {
      await this.#apply();
      for await (const _ of ticks(1_000, null, { signal })) await this.#apply();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  // Each time something is really written, and everybody who watches is told.
  async #apply(): Promise<void> {
    for (const root of roots()) {
      const metadata = { ...root.metadata, annotations: { 'example.com/sync': String(this.times) } };
      const path = `${objectPath(root)}?fieldManager=${MANAGER}&force=true`;
      await testbed.cluster.request('PATCH', path, { ...root, metadata }, 'application/apply-patch+yaml');
    }
    this.times += 1;
  }
}

async function twoVersionsApart(ms: number): Promise<(string | undefined)[]> {
  const version = async () => (await testbed.cluster.get(gateway)).metadata.resourceVersion;
  const before = await version();
  await new Promise((resolve) => setTimeout(resolve, ms));
  return [before, await version()];
}
