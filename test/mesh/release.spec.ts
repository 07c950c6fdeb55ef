import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ENVIRONMENT, ROLLOUT } from '../support/checkout.js';
import {
  act,
  type App,
  APPS,
  createRelease,
  BLUE_GREEN,
  PREVIEW,
  previewHostOf,
  publicHostOf,
  serviceHostOf,
} from '../support/release.js';
import { startOnMesh } from '../support/service-on-mesh.js';
import type { ServiceProcess } from '../support/service-process.js';
import { eventually } from './testbed/eventually.js';
import { SecondApp } from './testbed/second-app.js';
import { Testbed } from './testbed/testbed.js';
import { type Load, send } from './testbed/traffic.js';

jest.setTimeout(90_000);

const SIDES = ['outside', 'inside'] as const;
const previewing = { [PREVIEW.header]: PREVIEW.value };

let testbed: Testbed;
let service: ServiceProcess;
let cart: SecondApp;

beforeAll(async () => {
  testbed = await Testbed.start();
  cart = new SecondApp(testbed.cluster, 'cart');
  await cart.open();
  service = await startOnMesh(testbed);
  await createRelease(service.admin);
}, 180_000);

afterAll(async () => {
  await service?.stop();
  await testbed?.stop();
}, 60_000);

type Side = (typeof SIDES)[number];

async function versionOf(app: App, side: Side, load: Load = {}): Promise<string> {
  return versionAt(side === 'outside' ? publicHostOf(app) : serviceHostOf(app), side, load);
}

async function versionAt(host: string, side: Side, load: Load = {}): Promise<string> {
  const { versions, statuses } = await send({ ...testbed.shop[side], host }, 20, load);
  return [...Object.keys(versions), ...Object.keys(statuses).filter((status) => status !== '200')].join('+');
}

/** Who answers each app at the gateway and at a sidecar: one word where it is the same everywhere. */
async function everywhere(headers: Record<string, string> = {}): Promise<string> {
  const asked = APPS.flatMap((app) => SIDES.map((side) => versionOf(app, side, { headers })));
  return [...new Set(await Promise.all(asked))].join(' and ');
}

async function untilEverywhere(version: string, headers: Record<string, string> = {}): Promise<void> {
  await eventually(async () => expect(await everywhere(headers)).toBe(version), 20_000, 20);
}

/** Requests to the new version of an app that were answered to a proxy, copies included: what a guard counts. */
async function sentToNew(app: App, side: Side): Promise<number> {
  const proxy = side === 'outside' ? testbed.gateway : testbed.sidecar;
  const stats = await proxy.admin(`/stats?filter=tg-v2.*${serviceHostOf(app)}.*upstream_rq_2xx$`);
  return Number(/upstream_rq_2xx: (\d+)/.exec(stats)?.[1] ?? 0);
}

describe('two apps and a flag in one release, blue/green', () => {
  it('don’t start while one of them has no ready new version', async () => {
    await cart.scale('v2', 0);
    await eventually(async () => {
      expect((await service.admin.routeStatus(ENVIRONMENT, 'cart'))?.ready).toEqual({ v1: 1, v2: 0 });
    }, 20_000);
    const input = { environment: ENVIRONMENT, key: ROLLOUT, reason: 'Too soon' };
    await eventually(async () => {
      const { userErrors } = await service.admin.mutate('startRollout', input);
      expect(userErrors).toMatchObject([
        { code: 'NOT_READY', message: 'Version v2 of route cart has no ready endpoints.' },
      ]);
    }, 20_000);
    await untilEverywhere('v1');
    await cart.scale('v2', 1);
  });

  it('have both new versions answer copies while everybody is served by the old ones', async () => {
    await act(service.admin, 'startRollout');
    await eventually(async () => {
      expect(await everywhere()).toBe('v1');
      const copies = await Promise.all(APPS.flatMap((app) => SIDES.map((side) => sentToNew(app, side))));
      expect(Math.min(...copies)).toBeGreaterThanOrEqual(20);
    }, 20_000);
  });

  it('show the new versions to previews alone', async () => {
    await act(service.admin, 'promoteRollout');
    await untilEverywhere('v2', previewing);
    expect(await everywhere()).toBe('v1');
    expect(await everywhere({ [PREVIEW.header]: 'blue' })).toBe('v1');
    const before = await sentToNew('cart', 'outside');
    await versionOf('cart', 'outside');
    expect(await sentToNew('cart', 'outside')).toBe(before);
    const atPreviewHost = (app: App) => versionAt(previewHostOf(app), 'outside');
    expect(await Promise.all(APPS.map(atPreviewHost))).toEqual(['v1', 'v1']);
    await act(service.admin, 'promoteRollout');
    await eventually(
      async () => expect(await Promise.all(APPS.map(atPreviewHost))).toEqual(['v2', 'v2']),
      20_000,
    );
    expect(await versionAt(`${previewHostOf('cart')}:80`, 'outside')).toBe('v2');
    expect(await everywhere()).toBe('v1');
  });

  it('switch everybody at once, and return everybody while the old versions are kept', async () => {
    await act(service.admin, 'promoteRollout');
    await untilEverywhere('v2');
    const aborted = performance.now();
    await act(service.admin, 'abortRollout');
    await untilEverywhere('v1');
    process.stdout.write(
      `two apps returned, gateway and sidecar, within ${((performance.now() - aborted) / 1_000).toFixed(1)} s\n`,
    );
    expect(await everywhere(previewing)).toBe('v1');
  });

  it('return each by itself: one whose old version is gone stays and says so, and follows', async () => {
    await act(service.admin, 'startRollout');
    for (let step = 1; step < BLUE_GREEN.length; step += 1) await act(service.admin, 'promoteRollout');
    await untilEverywhere('v2');
    await cart.scale('v1', 0);
    await act(service.admin, 'abortRollout');
    const statusOf = (app: App) => service.admin.routeStatus(ENVIRONMENT, app);
    await eventually(async () => {
      expect(await versionOf('checkout', 'outside')).toBe('v1');
      expect((await statusOf('cart'))?.error?.code).toBe('NOTHING_TO_RETURN_TO');
    }, 20_000);
    expect(await versionOf('cart', 'outside')).toBe('v2');
    expect((await statusOf('checkout'))?.error).toBeNull();
    await cart.scale('v1', 1);
    await untilEverywhere('v1');
  });

  it('are moved by one change each time', async () => {
    const changes = await service.admin.history(ENVIRONMENT);
    const moved = changes.flatMap(({ event, documents }) =>
      event ? [[event.kind, ...documents.map(({ kind, key }) => `${kind}/${key}`).toSorted()]] : [],
    );
    const all = ['flag/new-checkout', 'route/cart', 'route/checkout'];
    expect(moved.slice(0, 5)).toEqual([
      ['start', ...all],
      ['promote', ...all],
      ['promote', ...all],
      ['promote', ...all],
      ['abort', ...all],
    ]);
  });
});
