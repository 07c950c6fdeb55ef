import { guardSchema } from '../dist/src/domain/guard.js';
import { ALONE } from '../dist/src/domain/guard/combination.js';
import { judge } from '../dist/src/domain/guard/judge.js';
import { freshRecord } from '../dist/src/domain/guard/record.js';
import { CASES } from './guards/cases.mjs';
import { detected, late } from './guards/detection.mjs';
import { planOf, WINDOW } from './guards/detector.mjs';
import { healthy, stressed } from './guards/false-alarms.mjs';
import { latency } from './guards/slow-answers.mjs';
import { Workers } from './guards/workers.mjs';
import { median } from './measure.mjs';
import { atLeast, atMost, row } from './row.mjs';

const FULL = { healthy: 1_000, mostHealthy: 17, worse: 200, judgeEvery: 100, cases: CASES, late: 200 };
/** Sizes of CI: the same runs, fewer of them, in the cases that end soonest. */
const SHORT = {
  healthy: 60,
  mostHealthy: 4,
  worse: 60,
  judgeEvery: 40,
  cases: [3, 5, 9, 11, 15].map((i) => CASES[i]),
  late: 40,
};

/**
 * Seeded days of traffic through the exported accumulator, 5 s a window, looked at after each; the seven goals that the guards
 * are held to, at the settings they are stated for and at what is shipped. One run in a hundred is judged
 * by the whole `judge` as well, which must agree to the last bit. Of each goal the worst case counts.
 */
export async function run({ short }) {
  const size = short ? SHORT : FULL;
  const workers = new Workers();
  try {
    const alarms = healthy(workers, size);
    const parts = await Promise.all([
      alarms.then(({ rows }) => rows),
      alarms.then(({ limits }) => detected(workers, size, limits)),
      latency(workers, size),
      stressed(workers, size),
      late(workers, size),
    ]);
    const rows = parts.flat().sort((a, b) => Number.parseInt(a.case, 10) - Number.parseInt(b.case, 10));
    return [...rows, judgedAlike(workers.tally), judgedAtOnce()];
  } finally {
    await workers.close();
  }
}

/** A difference would have ended the run. */
function judgedAlike({ runs, judged }) {
  return row({
    case: `${runs.toLocaleString('en')} runs`,
    metric: `also judged by the whole judge, alike to the last bit: ${judged} of them`,
    value: (100 * judged) / runs,
    unit: '%',
    goal: atLeast(1, 1),
  });
}

/** One window of each of 1,000 guards through the whole judge, CPU time; the median of 31 rounds, as the first few are not compiled yet. */
function judgedAtOnce() {
  const guard = guardSchema.parse({ key: 'errors', source: 'prometheus', template: 'envoy', margin: 1.2 });
  const plan = planOf(17_280);
  const step = { startedAt: 0, holdMs: 600_000 };
  let records = Array.from({ length: 1_000 }, () => freshRecord(1, 0));
  const rounds = Array.from({ length: 31 }, (_, i) => {
    const to = (i + 1) * WINDOW;
    const arms = { new: { bad: i % 3, total: 250 }, control: { bad: 5, total: 4_750 } };
    const windows = [{ from: i * WINDOW, to, ...arms }];
    const reading = { windows, watermark: to, unknown: null, lost: 0, windowLength: WINDOW };
    const situation = { now: to, combined: ALONE, comparable: true, plan, step };
    const begun = process.cpuUsage();
    records = records.map((record) => judge({ guard, record, reading, situation }).record);
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1_000;
  });
  return row({
    case: 'judging 1,000 guards',
    metric: 'CPU of one window each',
    value: median(rounds),
    unit: 'ms',
    goal: atMost(50, 150),
  });
}
