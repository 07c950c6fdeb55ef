import { Logger } from '@nestjs/common';
import { register } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/mesh/testbed/eventually.js';
import { DutyGround } from '../../test/support/duty-ground.js';
import { flagOf, guardOf } from '../../test/support/image.js';
import { leadEnvironment } from '../../test/support/led-environment.js';
import { EventsMetricSource } from '../adapters/metrics/events/events-metric-source.js';
import type { EmbeddedStore } from '../adapters/store/embedded/embedded-store.js';
import type { Edit } from '../domain/documents.js';
import type { GuardRecord } from '../domain/guard/guard-record.js';
import type { MetricReading, MetricWindow } from '../domain/guard/reading.js';
import { stateKey } from '../domain/image.js';
import { seriesName } from '../domain/series.js';
import type { MetricRequest } from '../ports/metric-source.js';
import { GuardWatcher } from './guard-watcher.js';
import { MetricSources } from './metric-sources.js';

Logger.overrideLogger(false);

const ENVIRONMENT = 'production';
const EVENTS = { flag: 'checkout', bad: 'error' };
const TARGET = { flag: 'checkout', new: 'on', control: 'off' };

let ground: DutyGround;
let store: EmbeddedStore;

beforeEach(async () => {
  ground = await DutyGround.open();
  ({ store } = ground);
}, 20_000);

afterEach(() => ground.close(), 20_000);

/** Notes how often it was told to forget an environment. */
class Forgetful extends EventsMetricSource {
  forgotten = 0;

  override forget(environment: string): void {
    expect(environment).toBe(ENVIRONMENT);
    this.forgotten += 1;
  }
}

/** One guard breaks in the first look, and notes whether that was acted on before all others were judged. */
class OneBreaks extends EventsMetricSource {
  readonly judgedBefore: string[] = [];
  isKept = false;

  override async read(requests: readonly MetricRequest[]): Promise<MetricReading[]> {
    return requests.map(({ subject: { guard }, watermark }) => {
      const to = watermark + 5_000;
      const bad = guard.key === 'guard-0' ? 50 : 0;
      const windows = [{ from: watermark, to, new: { bad, total: 100 }, control: { bad: 0, total: 100 } }];
      const look = (): readonly MetricWindow[] => {
        if (!this.isKept) this.judgedBefore.push(guard.key);
        return windows;
      };
      return {
        get windows() {
          return look();
        },
        watermark: to,
        unknown: null,
        lost: 0,
        windowLength: 5_000,
      };
    });
  }
}

async function watch(...edits: Edit[]): Promise<void> {
  await watchBy(new EventsMetricSource(store), ...edits);
}

async function watchBy(source: EventsMetricSource, ...edits: Edit[]): Promise<void> {
  const lease = await leadEnvironment(store, ENVIRONMENT, edits);
  const watcher = new GuardWatcher(store, new MetricSources([source]));
  ground.begin((signal) =>
    watcher.run({
      environment: ENVIRONMENT,
      lease,
      signal,
    }),
  );
}

async function recordOf(guard: string): Promise<GuardRecord | undefined> {
  const { states } = await store.image(ENVIRONMENT);
  return states.get(stateKey.guard(guard, 'flag/checkout'))?.value as GuardRecord | undefined;
}

async function countedGuards(): Promise<(string | number | undefined)[]> {
  const counted = (await register.getSingleMetric('tidegate_guard_readings_total')?.get())?.values ?? [];
  return counted.map(({ labels }) => labels['guard']);
}

let sequence = 0;
async function report(bad: number, total: number): Promise<void> {
  sequence += 1;
  const series = { flag: 'checkout', rule: null, variant: 'on' };
  await store.addCounts(ENVIRONMENT, {
    client: 'test',
    sequence,
    counts: [
      { series: seriesName({ ...series, event: 'exposures' }), count: total, sum: total },
      { series: seriesName({ ...series, event: 'error' }), count: bad, sum: bad },
    ],
  });
}

describe('GuardWatcher', () => {
  it('turns a flag off by a guard that stands alone, while one without a source is blind and says why', async () => {
    await watch(
      flagOf({ key: 'checkout', defaultVariant: 'on' }),
      guardOf({ key: 'alone', source: 'events', events: EVENTS, threshold: 0.05, phi: 1, target: TARGET }),
      guardOf({
        key: 'deaf',
        source: 'prometheus',
        query: { bad: 'errors', total: 'requests', arm: { label: 'version', new: 'v2', control: 'v1' } },
        threshold: 0.05,
        target: TARGET,
      }),
    );
    await eventually(
      async () => {
        await report(10, 20);
        expect((await recordOf('alone'))?.trip).toMatchObject({
          evidence: { words: expect.stringContaining('error') },
        });
      },
      60_000,
      500,
    );
    const { documents } = await store.image(ENVIRONMENT);
    expect(documents.value('flag', 'checkout')).toMatchObject({ enabled: false });
    expect(await recordOf('deaf')).toMatchObject({
      state: 'blind',
      trouble: expect.stringContaining('TIDEGATE_PROMETHEUS_URL'),
    });
    const counted = (await register.getSingleMetric('tidegate_guard_readings_total')?.get())?.values ?? [];
    const outcomes = counted.map(({ labels }) => `${labels['guard']}: ${labels['outcome']}`);
    expect(outcomes).toEqual(expect.arrayContaining(['alone: windows', 'deaf: unknown']));
    const { changes } = await store.history(ENVIRONMENT, { limit: 10 });
    expect(changes.filter(({ event }) => event !== null)).toMatchObject([
      {
        actor: 'guard:alone',
        event: { kind: 'trip', subject: 'guard/alone', evidence: { of: 'flag/checkout' } },
      },
    ]);
  }, 90_000);

  it('keeps what a rehearsal would have done, and does nothing', async () => {
    await watch(
      flagOf({ key: 'checkout', defaultVariant: 'on' }),
      guardOf({
        key: 'alone',
        source: 'events',
        events: EVENTS,
        threshold: 0.05,
        phi: 1,
        action: 'none',
        target: TARGET,
      }),
    );
    const { revision } = await store.image(ENVIRONMENT);
    await eventually(
      async () => {
        await report(10, 20);
        expect(await recordOf('alone')).toMatchObject({ state: 'tripped', trip: { evidence: {} } });
      },
      60_000,
      500,
    );
    const image = await store.image(ENVIRONMENT);
    expect(image.revision).toBe(revision);
    expect(image.documents.value('flag', 'checkout')).toMatchObject({ enabled: true });
  }, 90_000);

  it('writes no change and leaves a healthy flag on', async () => {
    await watch(
      flagOf({ key: 'checkout', defaultVariant: 'on' }),
      guardOf({ key: 'alone', source: 'events', events: EVENTS, threshold: 0.5, target: TARGET }),
    );
    const { revision } = await store.image(ENVIRONMENT);
    await eventually(
      async () => {
        await report(0, 50);
        expect(await recordOf('alone')).toMatchObject({ state: 'ok', trip: null });
      },
      60_000,
      500,
    );
    const image = await store.image(ENVIRONMENT);
    expect(image.revision).toBe(revision);
    expect(image.documents.value('flag', 'checkout')).toMatchObject({ enabled: true });
  }, 90_000);

  it('lets a source, and what is counted, forget an environment when the term ends, or while no guard of it reads the source', async () => {
    const source = new Forgetful(store);
    await watchBy(
      source,
      flagOf({ key: 'checkout', defaultVariant: 'on' }),
      guardOf({ key: 'alone', source: 'events', events: EVENTS, threshold: 0.5, target: TARGET }),
    );
    await eventually(async () => expect(await recordOf('alone')).toBeDefined(), 30_000);
    expect(source.forgotten).toBe(0);
    expect(await countedGuards()).toContain('alone');
    await store.commit(ENVIRONMENT, {
      edits: [{ kind: 'guard', key: 'alone', value: null }],
      expected: { 'guard/alone': 1 },
      actor: 'token:test',
      reason: 'not wanted any more',
    });
    await eventually(() => expect(source.forgotten).toBeGreaterThan(0), 30_000);
    expect(await countedGuards()).not.toContain('alone');
    const before = source.forgotten;
    await ground.end();
    expect(source.forgotten).toBeGreaterThan(before);
  }, 90_000);

  it('begins to close by a guard that breaks before it has judged all others', async () => {
    const source = new OneBreaks(store);
    const commit = store.commit.bind(store);
    store.commit = (scope, given) => {
      source.isKept ||= given.verdict !== undefined;
      return commit(scope, given);
    };
    const keys = Array.from({ length: 30 }, (_, i) => `guard-${i}`);
    await watchBy(
      source,
      flagOf({ key: 'checkout', defaultVariant: 'on' }),
      ...keys.map((key) =>
        guardOf({ key, source: 'events', events: EVENTS, threshold: 0.05, target: TARGET }),
      ),
    );
    await eventually(async () => expect((await recordOf('guard-0'))?.trip).toBeTruthy(), 30_000);
    expect(new Set(source.judgedBefore)).toEqual(new Set(['guard-0']));
  }, 60_000);
});
