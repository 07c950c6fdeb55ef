import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient, type TidegateClient } from '@tidegate/sdk';
import type { IMutation } from '../../src/schema.types.js';
import {
  createCheckout,
  ENVIRONMENT,
  FLAG,
  ROLLOUT,
  ROUTE,
  SERVICE,
  startRollout,
} from '../support/checkout.js';
import { startOnMesh } from '../support/service-on-mesh.js';
import type { ServiceProcess } from '../support/service-process.js';
import { eventually } from './testbed/eventually.js';
import { Outlets, outletService } from './testbed/outlets.js';
import { SteadyLoad } from './testbed/steady-load.js';
import { Testbed } from './testbed/testbed.js';
import { request } from './testbed/traffic.js';

const PER_SECOND = 200;
const INSIDE_PER_SECOND = 50;
const CHANGES = 100;
const PACE_MS = 300;
const SWITCHES = 4;
const reason = 'To see whether anybody notices';

let testbed: Testbed;
let service: ServiceProcess;
let client: TidegateClient;
let load: SteadyLoad;
/** Of another service, through its sidecar. */
let inside: SteadyLoad;

beforeAll(async () => {
  testbed = await Testbed.start();
  service = await startOnMesh(testbed, { TIDEGATE_ISTIOD_DEBUG_URLS: testbed.istiod.debugUrl });
  await createCheckout(service.admin, {
    issuer: testbed.issuer,
    guard: null,
    steps: [{ weight: 100_000, hold: null }],
  });
  client = createClient({ url: service.url, key: await service.admin.makeToken(ENVIRONMENT, 'server') });
  await client.ready();
  await confirmed();
  // Both proxies must have the subsets' endpoints before anybody counts.
  for (const entry of [testbed.shop.outside, testbed.shop.inside]) {
    await eventually(async () => expect((await request(entry)).status).toBe(200), 20_000);
  }
}, 180_000);

afterAll(async () => {
  await Promise.all([load?.stop(), inside?.stop()]);
  await client?.close();
  await service?.stop();
  await testbed?.stop();
}, 60_000);

/** Waits until all gateways have the route's last table. */
async function confirmed(): Promise<void> {
  await eventually(async () => {
    const { route } = await service.admin.run(
      `{ route(environment: "${ENVIRONMENT}", key: "${ROUTE}") { revision status { phase applied confirmed { at } } } }`,
    );
    const { status, revision = Infinity } = route ?? {};
    expect(status?.phase).toBe('applied');
    expect(Number(status?.applied?.split('.').at(-1))).toBeGreaterThanOrEqual(revision);
    expect(status?.confirmed?.at).toEqual(expect.any(Number));
  }, 60_000);
}

function onRoute(act: keyof IMutation, input: object): Promise<unknown> {
  return service.admin.do(act, { environment: ENVIRONMENT, key: ROUTE, reason, ...input });
}

const arms = (weights: { readonly [version: string]: number }) =>
  Object.entries(weights).map(([version, weight]) => ({ version, weight }));
const versions = (...names: string[]) => ({
  versions: Object.fromEntries(names.map((name) => [name, { version: name }])),
});

/** What happens before a change of this number. */
const events: { readonly [change: number]: () => Promise<void> } = {
  20: async () => {
    await testbed.shop.deploy('v3');
    await testbed.shop.available('v3');
    await onRoute('updateRoute', versions('v1', 'v2', 'v3'));
    await confirmed();
    await onRoute('setRouteSplit', { rule: 'share', arms: arms({ v3: 3_000, v2: 3_000, v1: 4_000 }) });
    await confirmed();
  },
  30: async () => {
    await new Outlets(testbed).open(['till']);
    // The pods are the same, by another Service of the namespace; the next changes are of its table.
    await eventually(() => onRoute('updateRoute', { service: outletService('till') }), 20_000);
    await confirmed();
    expect(await testbed.gateway.admin('/config_dump?resource=dynamic_route_configs')).toContain(
      'tg-v2|till.',
    );
  },
  35: async () => {
    await onRoute('updateRoute', { service: SERVICE });
    await confirmed();
  },
  40: async () => {
    await testbed.apiServer.process.kill();
    await sleep(1_000);
    await testbed.apiServer.process.start();
  },
  60: async () => {
    await confirmed();
    await onRoute('setRouteSplit', { rule: 'share', arms: arms({ v2: 5_000, v1: 5_000 }) });
    await onRoute('updateRoute', versions('v1', 'v2'));
    await confirmed();
    await testbed.shop.remove('v3');
  },
  80: async () => {
    await testbed.istiod.process.kill();
    await testbed.istiod.process.start();
  },
};

describe('while gateway and sidecar are under load', () => {
  it('no request fails through changes of weight and service, versions that come and go, and restarts of API server and istiod', async () => {
    const rule = {
      id: 'share',
      condition: { all: [] },
      serve: { split: { arms: arms({ v2: 1, v1: 9_999 }) } },
    };
    await onRoute('addRouteRule', { rule });
    await confirmed();
    load = new SteadyLoad(testbed.shop.outside, PER_SECOND, ROUTE);
    inside = new SteadyLoad(testbed.shop.inside, INSIDE_PER_SECOND, ROUTE);
    const begun = performance.now();
    for (let change = 0; change < CHANGES; change += 1) {
      await events[change]?.();
      const weight = 100 * (change % 100);
      await onRoute('setRouteSplit', { rule: 'share', arms: arms({ v2: weight, v1: 10_000 - weight }) });
      await sleep(PACE_MS);
    }
    await confirmed();
    const seconds = (performance.now() - begun) / 1_000;
    for (const [way, { answers, failures }] of await stopped()) {
      const told = [...new Set(failures)].join(', ');
      process.stdout.write(
        `${answers.length} requests through the ${way} in ${seconds.toFixed(0)} s ` +
          `(${(answers.length / seconds).toFixed(0)} a second) over ${CHANGES} changes of weight: ` +
          `${failures.length} failed${told && `: ${told}`}\n`,
      );
      expect([way, failures]).toEqual([way, []]);
      expect(new Set(answers.map(({ version }) => version))).toEqual(new Set(['v1', 'v2', 'v3']));
    }
    await onRoute('removeRouteRule', { rule: 'share' });
    await confirmed();
  }, 240_000);

  it('flag and route switch with a skew that is told, and no request fails', async () => {
    load = new SteadyLoad(testbed.shop.outside, PER_SECOND, ROUTE);
    const skews: number[] = [];
    for (let turn = 0; turn < SWITCHES; turn += 1) {
      const isOn = turn % 2 === 0;
      const version = isOn ? 'v2' : 'v1';
      const since = performance.now();
      const flag = untilFlag(isOn);
      if (isOn) await startRollout(service.admin, reason);
      else await service.admin.do('abortRollout', { environment: ENVIRONMENT, key: ROLLOUT, reason });
      const flagAt = await flag;
      const routeAt = await eventually(
        () => {
          const first = load.answers.find((answer) => answer.sent > since && answer.version === version);
          if (first === undefined) throw new Error(`${version} doesn't answer yet`);
          return first.sent;
        },
        30_000,
        5,
      );
      skews.push(routeAt - flagAt);
      await confirmed();
      await sleep(300);
    }
    await load.stop();
    process.stdout.write(
      `from the flag's switch in an SDK to the first request that goes by the route's: ` +
        `${skews.map((skew) => `${Math.round(skew)} ms`).join(', ')}\n`,
    );
    expect(load.failures).toEqual([]);
    expect(Math.max(...skews)).toBeLessThan(5_000);
  }, 120_000);
});

/** The loads by what they went through, once their last answers are there. */
async function stopped(): Promise<[string, SteadyLoad][]> {
  await Promise.all([load.stop(), inside.stop()]);
  return [
    ['gateway', load],
    ['sidecar', inside],
  ];
}

/** When the SDK first answers so, ms. */
async function untilFlag(wanted: boolean): Promise<number> {
  while (client.boolean(FLAG, { targetingKey: 'somebody' }, !wanted) !== wanted) await sleep(2);
  return performance.now();
}
