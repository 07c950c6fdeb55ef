import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/mesh/testbed/eventually.js';
import { DutyGround } from '../../test/support/duty-ground.js';
import { flagOf, guardOf } from '../../test/support/image.js';
import { STEP } from '../../test/support/judging.js';
import { leadEnvironment } from '../../test/support/led-environment.js';
import { EventsMetricSource } from '../adapters/metrics/events/events-metric-source.js';
import type { EmbeddedStore } from '../adapters/store/embedded/embedded-store.js';
import type { LeaseProof } from '../domain/change.js';
import type { Absence } from '../domain/guard/absence.js';
import type { GuardRecord } from '../domain/guard/guard-record.js';
import { nothingNew } from '../domain/guard/nothing-new.js';
import type { MetricReading } from '../domain/guard/reading.js';
import { freshRecord } from '../domain/guard/record.js';
import { stateKey } from '../domain/image.js';
import type { MetricRequest } from '../ports/metric-source.js';
import { GuardWatcher } from './guard-watcher.js';
import { MetricSources } from './metric-sources.js';

const ENVIRONMENT = 'production';
const RECORD = stateKey.guard('errors', 'flag/checkout');
const ABSENT = { text: 'requests_totl', label: 'version', missing: ['on', 'off'], values: null };

let ground: DutyGround;
let store: EmbeddedStore;
let lease: LeaseProof;
let warned: string[];

beforeEach(async () => {
  warned = [];
  Logger.overrideLogger({
    log: () => undefined,
    error: () => undefined,
    warn: (message: unknown) => void warned.push(String(message)),
  });
  ground = await DutyGround.open();
  ({ store } = ground);
  lease = await leadEnvironment(store, ENVIRONMENT, [
    flagOf({ key: 'checkout', enabled: true }),
    guardOf({
      key: 'errors',
      source: 'otlp',
      query: { bad: 'failed', total: 'requests_totl', arm: { label: 'version', new: 'on', control: 'off' } },
      margin: 1.2,
      target: { flag: 'checkout', new: 'on', control: 'off' },
      patience: 20,
      whenBlind: 'disable',
    }),
  ]);
}, 20_000);

afterEach(async () => {
  await ground.close();
  Logger.overrideLogger(false);
}, 20_000);

/** Answers, but has no series of these; where it lacks only bad ones, healthy windows come at each look. */
class Lacking extends EventsMetricSource {
  asked = 0;

  constructor(
    of: EmbeddedStore,
    private readonly absent: Absence,
  ) {
    super(of);
  }

  override serves(): boolean {
    return true;
  }

  override async read(requests: readonly MetricRequest[], now: number): Promise<readonly MetricReading[]> {
    this.asked += 1;
    return requests.map(({ watermark: from }) => {
      const reading = { ...nothingNew(from, null, STEP), absent: [this.absent] };
      if (this.absent.selector !== 'bad' || now <= from) return reading;
      const healthy = { bad: 0, total: 100 };
      return { ...reading, windows: [{ from, to: now, new: healthy, control: healthy }], watermark: now };
    });
  }
}

function watch(absent: Absence): Lacking {
  const source = new Lacking(store, absent);
  ground.begin((signal) =>
    new GuardWatcher(store, new MetricSources([source])).run({
      environment: ENVIRONMENT,
      lease,
      signal,
    }),
  );
  return source;
}

/** A guard that has been watched for so long, ms, and has had no data. */
async function warmingFor(ms: number): Promise<void> {
  const now = await store.now();
  const unseen = { since: now - ms, told: false, at: now };
  const value: GuardRecord = {
    ...freshRecord(0, now - ms),
    absent: [{ ...ABSENT, selector: 'total' }],
    unseen,
  };
  await store.writeState(ENVIRONMENT, { key: RECORD, value, expected: 0 }, lease);
}

async function recordOf(): Promise<GuardRecord | undefined> {
  return (await store.image(ENVIRONMENT)).states.get(RECORD)?.value as GuardRecord | undefined;
}

async function isOn(): Promise<boolean | undefined> {
  return (await store.image(ENVIRONMENT)).documents.value('flag', 'checkout')?.enabled;
}

describe('a guard whose selectors match nothing', () => {
  it('acts as when blind once its patience is over, though it is warming', async () => {
    await warmingFor(58_000);
    watch({ ...ABSENT, selector: 'total' });
    await eventually(async () => expect(await isOn()).toBe(false), 30_000);
    expect(await recordOf()).toMatchObject({
      state: 'warming',
      troubleCode: 'NO_SERIES',
      unseen: { told: true },
    });
  }, 60_000);

  it('says since when, from the first look that finds nothing', async () => {
    watch({ ...ABSENT, selector: 'total' });
    await eventually(async () => expect((await recordOf())?.unseen).toMatchObject({ told: false }), 30_000);
    expect(await isOn()).toBe(true);
  }, 60_000);

  it('goes on without bad ones, and warns of that in the log, once', async () => {
    const source = watch({ ...ABSENT, text: 'faild', selector: 'bad' });
    await eventually(() => expect(source.asked).toBeGreaterThan(3), 30_000);
    expect(await recordOf()).toMatchObject({ state: 'ok', unseen: null });
    const [line, ...more] = warned;
    expect(line).toMatch(
      /^guard errors on flag\/checkout: Nothing bad was ever counted: no series matches query\.bad, faild/,
    );
    expect(more).toEqual([]);
  }, 60_000);
});
