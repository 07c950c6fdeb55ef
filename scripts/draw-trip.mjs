// Plays one trip on the testbed and draws it: test/mesh/testbed/run.sh node --import ./test/support/ts-loader.mjs
// scripts/draw-trip.mjs docs/trip.svg
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { OutletStage } from '../test/support/outlet-stage.ts';
import { drawing } from '../bench/guard-faults/trip-drawing.mjs';
import { TripRecorder } from '../bench/guard-faults/trip-recorder.mjs';

const NAME = 'drawn';
const PER_SECOND = 100;
const HEALTHY_MS = 45_000;
const QUIET_MS = 3_000;
const BASE = { status: 503, share: 0.01 };
const BAD = { status: 503, share: 0.12 };

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: draw-trip.mjs <file.svg>');
const stage = await OutletStage.start();
const { outlets, releases } = stage;
let recorder;
try {
  const steps = [
    { weight: 20_000, hold: null },
    { weight: 100_000, hold: null },
  ];
  await stage.open([{ name: NAME, steps }]);
  outlets.fault([NAME], ['v1', 'v2'], BASE);
  const load = outlets.load(NAME, PER_SECOND);
  await releases.start([NAME]);
  recorder = new TripRecorder(releases, NAME);
  await releases.untilGuards([NAME], 'ok');
  await sleep(HEALTHY_MS);
  const fault = Date.now();
  outlets.fault([NAME], ['v2'], BAD);
  await releases.untilAll([NAME], 'aborted', 180_000);
  await sleep(QUIET_MS);
  await load.stop();
  await recorder.stop();
  const { windows, tripped, tripLine } = recorder.found;
  const own = load.answers.filter(({ version }) => version === 'v2');
  const last = performance.timeOrigin + Math.max(...own.map(({ answered }) => answered));
  const seen = { windows, fault, tripped, last, tripLine };
  writeFileSync(file, drawing(seen));
  console.log(JSON.stringify(seen));
} finally {
  await recorder?.stop();
  await stage.stop();
}
process.exit(0);
