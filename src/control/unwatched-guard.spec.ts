import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/mesh/testbed/eventually.js';
import { DutyGround } from '../../test/support/duty-ground.js';
import { flagOf, guardOf } from '../../test/support/image.js';
import { leadEnvironment } from '../../test/support/led-environment.js';
import { EventsMetricSource } from '../adapters/metrics/events/events-metric-source.js';
import type { EmbeddedStore } from '../adapters/store/embedded/embedded-store.js';
import type { LeaseProof } from '../domain/change.js';
import type { GuardRecord, Unseen } from '../domain/guard/guard-record.js';
import { nothingNew } from '../domain/guard/nothing-new.js';
import type { MetricReading } from '../domain/guard/reading.js';
import { freshRecord } from '../domain/guard/record.js';
import { stateKey } from '../domain/image.js';
import type { MetricRequest } from '../ports/metric-source.js';
import { GuardWatcher } from './guard-watcher.js';
import { MetricSources } from './metric-sources.js';

Logger.overrideLogger(false);

const ENVIRONMENT = 'production';
const RECORD = stateKey.guard('errors', 'flag/checkout');
const HOUR = 3_600_000;
/** Of the guard, ms. */
const PATIENCE = 60_000;

let ground: DutyGround;
let store: EmbeddedStore;
let lease: LeaseProof;

beforeEach(async () => {
  ground = await DutyGround.open();
  ({ store } = ground);
  lease = await leadEnvironment(store, ENVIRONMENT, [
    flagOf({ key: 'checkout', enabled: true }),
    guardOf({
      key: 'errors',
      source: 'events',
      events: { flag: 'checkout', bad: 'error' },
      margin: 1.2,
      target: { flag: 'checkout', new: 'on', control: 'off' },
      patience: PATIENCE / 1_000,
      whenBlind: 'disable',
    }),
  ]);
}, 20_000);

afterEach(() => ground.close(), 20_000);

/** Does not answer, and notes how often it was asked. */
class Away extends EventsMetricSource {
  asked = 0;

  override async read(requests: readonly MetricRequest[]): Promise<readonly MetricReading[]> {
    this.asked += 1;
    return requests.map(({ watermark }) => nothingNew(watermark, { code: 'NO_ANSWER', words: 'no answer' }));
  }
}

/** Takes over from a leader that left this behind. */
async function takeOver(unseen: Unseen): Promise<Away> {
  const now = await store.now();
  const record: GuardRecord = { ...freshRecord(0, now - 2 * HOUR), state: 'blind', windows: 9, unseen };
  await store.writeState(ENVIRONMENT, { key: RECORD, value: record }, lease);
  const source = new Away(store);
  ground.begin((signal) =>
    new GuardWatcher(store, new MetricSources([source])).run({
      environment: ENVIRONMENT,
      lease,
      signal,
    }),
  );
  return source;
}

async function unseenNow(): Promise<GuardRecord['unseen']> {
  const { states } = await store.image(ENVIRONMENT);
  return (states.get(RECORD)?.value as GuardRecord | undefined)?.unseen;
}

async function isOn(): Promise<boolean | undefined> {
  return (await store.image(ENVIRONMENT)).documents.value('flag', 'checkout')?.enabled;
}

describe('a guard that was blind when its leader went', () => {
  it('is not acted on by one that comes an hour later before it has been patient itself', async () => {
    const now = await store.now();
    const source = await takeOver({ since: now - HOUR, told: false, at: now - HOUR + 1_000 });
    await eventually(() => expect(source.asked).toBeGreaterThan(2), 30_000);
    expect(await unseenNow()).toMatchObject({ told: false });
    expect((await unseenNow())?.since).toBeGreaterThanOrEqual(now);
    expect(await isOn()).toBe(true);
  }, 60_000);

  it('is acted on in time by one that comes at once', async () => {
    const now = await store.now();
    await takeOver({ since: now - PATIENCE + 2_000, told: false, at: now - 4_000 });
    await eventually(async () => expect(await isOn()).toBe(false), 30_000);
    expect(await unseenNow()).toMatchObject({ since: now - PATIENCE + 2_000, told: true });
  }, 60_000);
});
