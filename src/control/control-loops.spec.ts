import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { commitIn, flagOf, guardOf, rolloutOf, routeOf, segmentOf } from '../../test/support/image.js';
import { WebhookReceiver } from '../../test/support/webhook-receiver.js';
import { eventually } from '../../test/mesh/testbed/eventually.js';
import { FilesMesh } from '../adapters/mesh/files/files-mesh.js';
import { EventsMetricSource } from '../adapters/metrics/events/events-metric-source.js';
import { WebhookNotifier } from '../adapters/notify/webhook/webhook-notifier.js';
import { EmbeddedStore } from '../adapters/store/embedded/embedded-store.js';
import type { Change } from '../domain/change.js';
import type { Edit } from '../domain/documents.js';
import { settingsSchema } from '../domain/environment.js';
import { type Image, stateKey } from '../domain/image.js';
import type { Plan } from '../domain/plan.js';
import { planChange } from '../domain/plan-change.js';
import { resetGuard } from '../domain/rollout/reset-guard.js';
import { startRollout } from '../domain/rollout/start.js';
import type { RolloutPosition, RolloutStep } from '../domain/rollout.js';
import type { RouteStatus } from '../domain/route-status.js';
import { seriesName } from '../domain/series.js';
import { ChangeScheduler } from './change-scheduler.js';
import { ControlLoops } from './control-loops.js';
import { GuardWatcher } from './guard-watcher.js';
import { MetricSources } from './metric-sources.js';
import { RolloutStepper } from './rollout-stepper.js';
import { RouteReconciler } from './route-reconciler.js';
import { WebhookTeller } from './webhook-teller.js';

Logger.overrideLogger(false);

const ENVIRONMENT = 'production';
const SECRET = 'TIDEGATE_TEST_WEBHOOK_SECRET';

let folder: string;
let store: EmbeddedStore;
let loops: ControlLoops;
let receiver: WebhookReceiver;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-control-'));
  store = new EmbeddedStore({ path: join(folder, 'store') });
  await store.open();
  receiver = await WebhookReceiver.start();
  process.env[SECRET] = receiver.secret;
  loops = new ControlLoops(store, [
    new RouteReconciler(store, new FilesMesh(join(folder, 'mesh')), 'control'),
    new RolloutStepper(store),
    new GuardWatcher(store, new MetricSources([new EventsMetricSource(store)])),
    new WebhookTeller(store, new WebhookNotifier({ loopback: [receiver.address] })),
    new ChangeScheduler(store, { servers: [], webhooks: [], loopback: [], hasSecret: () => false }),
  ]);
}, 20_000);

afterEach(async () => {
  await loops.stop();
  receiver.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
}, 20_000);

async function set(...edits: Edit[]): Promise<void> {
  const expected: { [ref: string]: number } = {};
  const { documents } = await store.image(ENVIRONMENT);
  for (const { kind, key } of edits) expected[`${kind}/${key}`] = documents.get(kind, key)?.revision ?? 0;
  await store.commit(ENVIRONMENT, { edits, expected, actor: 'token:test', reason: 'set up' });
}

async function createWorld(steps: RolloutStep[], guards: string[]): Promise<void> {
  const webhooks = [{ url: `http://${receiver.address}/`, secretRef: `env:${SECRET}`, events: ['*'] }];
  await store.createEnvironment(ENVIRONMENT, '', {
    edits: [{ kind: 'settings', key: 'environment', value: settingsSchema.parse({ webhooks }) }],
    expected: { 'settings/environment': 0 },
    actor: 'token:test',
    reason: 'set up',
  });
  await set(
    segmentOf({ key: 'employees', included: ['eve'] }),
    flagOf({ key: 'checkout', enabled: false }),
    routeOf({ key: 'shop' }),
    guardOf({
      key: 'errors',
      source: 'events',
      events: { flag: 'checkout', bad: 'error' },
      threshold: 0.05,
      phi: 1,
    }),
    rolloutOf({
      key: 'go',
      flag: { key: 'checkout', new: 'on', control: 'off' },
      routes: [{ key: 'shop', new: 'v2', control: 'v1' }],
      steps,
      guards,
      salt: 'go',
    }),
  );
}

/** Decides on the image and commits, again when somebody else wrote meanwhile. */
async function act(decide: (image: Image, now: number) => Plan): Promise<void> {
  await eventually(async () => {
    const plan = decide(await store.image(ENVIRONMENT), await store.now());
    await store.commit(ENVIRONMENT, { ...commitIn(plan), actor: 'token:test', reason: 'asked for' });
  }, 30_000);
}

async function position(): Promise<RolloutPosition | undefined> {
  const { states } = await store.image(ENVIRONMENT);
  return states.get(stateKey.rollout('go'))?.value as RolloutPosition | undefined;
}

async function untilState(state: string): Promise<void> {
  await eventually(async () => expect(await position()).toMatchObject({ state }), 60_000);
}

async function events(): Promise<Change[]> {
  const { changes } = await store.history(ENVIRONMENT, { limit: 100 });
  return changes.filter(({ event }) => event !== null).reverse();
}

const kindsOf = (changes: readonly Change[]): (string | undefined)[] =>
  changes.map(({ event }) => event?.kind);
const meshFile = (): Promise<string> => readFile(join(folder, 'mesh', `${ENVIRONMENT}.shop.yaml`), 'utf8');

describe('the loops of the leader', () => {
  it('carry a rollout of flag and route to its end, and tell the webhook each step once', async () => {
    await createWorld(
      [
        { audience: 'employees', hold: 1 },
        { weight: 5_000, hold: 1 },
        { weight: 100_000, hold: 1 },
      ],
      [],
    );
    loops.start();
    await act((image, now) => startRollout(image, { rollout: 'go' }, now));
    await untilState('completed');
    const { documents } = await store.image(ENVIRONMENT);
    expect(documents.value('flag', 'checkout')).toMatchObject({
      enabled: true,
      defaultVariant: 'on',
      rules: [],
    });
    expect(documents.value('route', 'shop')).toMatchObject({ default: 'v2', rules: [] });
    const told = await events();
    expect(kindsOf(told)).toEqual(['start', 'step', 'step', 'complete']);
    expect(told.slice(1).map(({ actor }) => actor)).toEqual(Array(3).fill('rollout:go'));
    await eventually(() => {
      expect(receiver.deliveries.map(({ body }) => body['type'])).toEqual(kindsOf(told));
    }, 20_000);
    expect(receiver.deliveries.every(({ genuine }) => genuine)).toBe(true);
    await eventually(async () => {
      const { states } = await store.image(ENVIRONMENT);
      const status = states.get(stateKey.route('shop'))?.value as RouteStatus;
      expect(status).toMatchObject({
        phase: 'applied',
        ready: { v1: 'unknown', v2: 'unknown' },
        error: null,
      });
      expect(status.applied).toBe(status.desired);
    }, 20_000);
  }, 120_000);

  it('closes flag and route in one commit when the guard trips, and opens nothing by itself', async () => {
    await createWorld(
      [
        { weight: 20_000, hold: 600 },
        { weight: 100_000, hold: 600 },
      ],
      ['errors'],
    );
    loops.start();
    await act((image, now) => startRollout(image, { rollout: 'go' }, now));
    let sequence = 0;
    const fail = async (): Promise<void> => {
      const series = { flag: 'checkout', rule: 'rollout:go:split', variant: 'on' };
      sequence += 1;
      await store.addCounts(ENVIRONMENT, {
        client: 'test',
        sequence,
        counts: [
          { series: seriesName({ ...series, event: 'exposures' }), count: 20, sum: 20 },
          { series: seriesName({ ...series, event: 'error' }), count: 15, sum: 15 },
        ],
      });
    };
    await eventually(async () => {
      await fail();
      expect(await position()).toMatchObject({ state: 'aborted' });
    }, 60_000);
    const told = await events();
    expect(kindsOf(told)).toEqual(['start', 'trip']);
    const trip = told.at(-1);
    expect(trip).toMatchObject({ actor: 'guard:errors', event: { subject: 'guard/errors' } });
    expect(trip?.documents.map(({ kind, key }) => `${kind}/${key}`).sort()).toEqual([
      'flag/checkout',
      'route/shop',
    ]);
    expect(trip?.event?.evidence).toMatchObject({ action: 'disable', of: 'rollout/go', step: 1 });
    expect(trip?.reason).not.toBe('');
    const { documents } = await store.image(ENVIRONMENT);
    expect(documents.value('flag', 'checkout')).toMatchObject({ enabled: false, rules: [] });
    expect(documents.value('route', 'shop')).toMatchObject({ default: 'v1', rules: [] });
    const refused = startRollout(await store.image(ENVIRONMENT), { rollout: 'go' }, await store.now());
    expect(refused.errors.map(({ code }) => code)).toEqual(['GUARD_TRIPPED']);
    await act((image, now) => resetGuard(image, { guard: 'errors', subject: 'rollout/go' }, now));
    await act((image, now) => startRollout(image, { rollout: 'go' }, now));
    expect(await position()).toMatchObject({ run: 2, state: 'running' });
  }, 120_000);

  it('repairs what somebody changed in the mesh, and releases a deleted route', async () => {
    await createWorld([{ weight: 100_000, hold: 600 }], []);
    loops.start();
    const file = join(folder, 'mesh', `${ENVIRONMENT}.shop.yaml`);
    const written = await eventually(meshFile, 20_000);
    await writeFile(file, written.replaceAll('tg-v1', 'tg-v2'));
    await eventually(async () => expect(await meshFile()).toBe(written), 30_000);
    await act((image, now) =>
      planChange(
        image,
        (['rollout/go', 'route/shop'] as const).map((name) => {
          const [kind, key] = name.split('/') as ['rollout' | 'route', string];
          return { kind, key, value: null, mode: 'delete', field: '' };
        }),
        { now, actor: 'token:test' },
      ),
    );
    await eventually(async () => {
      await expect(meshFile()).rejects.toMatchObject({ code: 'ENOENT' });
      expect((await store.image(ENVIRONMENT)).states.has(stateKey.route('shop'))).toBe(false);
    }, 20_000);
  }, 90_000);
});
