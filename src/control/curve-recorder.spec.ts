import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/mesh/testbed/eventually.js';
import { DutyGround } from '../../test/support/duty-ground.js';
import { flagOf, guardOf } from '../../test/support/image.js';
import { leadEnvironment } from '../../test/support/led-environment.js';
import type { EmbeddedStore } from '../adapters/store/embedded/embedded-store.js';
import type { EvidenceCurve } from '../domain/guard/evidence-curve.js';
import { freshRecord } from '../domain/guard/record.js';
import { stateKey } from '../domain/image.js';
import { CurveRecorder } from './curve-recorder.js';

Logger.overrideLogger(false);

const ENVIRONMENT = 'production';
const TARGET = { flag: 'checkout', new: 'on', control: 'off' };
const RECORD = stateKey.guard('errors', 'flag/checkout');
const CURVE = stateKey.curve('errors', 'flag/checkout');

let ground: DutyGround;
let store: EmbeddedStore;

beforeEach(async () => {
  ground = await DutyGround.open();
  ({ store } = ground);
  const events = { flag: 'checkout', bad: 'error' };
  const edits = [
    flagOf({ key: 'checkout' }),
    guardOf({ key: 'errors', source: 'events', events, margin: 2, target: TARGET }),
  ];
  const lease = await leadEnvironment(store, ENVIRONMENT, edits);
  ground.begin((signal) => new CurveRecorder(store).run({ environment: ENVIRONMENT, lease, signal }));
}, 20_000);

afterEach(() => ground.close(), 20_000);

const curve = async (): Promise<EvidenceCurve | undefined> =>
  (await store.image(ENVIRONMENT)).states.get(CURVE)?.value as EvidenceCurve | undefined;

describe('the curve of a guard', () => {
  it('follows its record, and goes when that goes', async () => {
    const now = await store.now();
    const sums = { newBad: 1, newTotal: 10, controlBad: 0, controlTotal: 10 };
    const record = { ...freshRecord(0, now), windows: 1, logE: 0.25, sums };
    const stands = (await store.readState(ENVIRONMENT, RECORD))?.revision ?? 0;
    const written = await store.writeState(ENVIRONMENT, { key: RECORD, value: record, expected: stands });
    const drawn = await eventually(async () => {
      const found = await curve();
      if (found === undefined) throw new Error('nothing is drawn yet');
      return found;
    }, 30_000);
    expect(drawn.points).toMatchObject([{ at: now, logE: 0.25, newBad: 1 }]);

    await store.writeState(ENVIRONMENT, { key: RECORD, value: null, expected: written?.revision ?? 0 });
    await eventually(async () => {
      if ((await curve()) !== undefined) throw new Error('it is still there');
    }, 30_000);
  }, 90_000);
});
