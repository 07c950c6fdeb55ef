import { lastingRatio, MOST_PHI, suggestedPhi } from '../../dist/src/domain/guard/dispersion.js';
import { DAY, SETTINGS } from './cases.mjs';
import { Detector, Oracle, planOf, WINDOW } from './detector.mjs';
import { Flagger } from './flagger.mjs';
import { FullJudge } from './full-judge.mjs';
import { normal, randomFrom } from './random.mjs';
import { bursty, plain, podNoise } from './traffic.mjs';

const blank = () => ({ newBad: 0, newTotal: 0, controlBad: 0, controlTotal: 0 });

/**
 * One day of a case, or until all have tripped: for each setting, and where there is something to find for the oracle and a rule
 * with a limit, the window in which it trips and what the new arm got until then. Of runs that are `judged`, numbered from 1, the full judge looks over one
 * setting, each in its turn.
 */
export function errorRun({ seed, traffic, ratio, limit, judged = 0, settings = SETTINGS }) {
  const random = randomFrom(seed);
  const counts = blank();
  const fill = plain({ ...traffic, worse: ratio });
  const flagger = new Flagger(limit);
  const found = {};
  let requests = 0;
  let open = watchers({ traffic, ratio, judged, settings, flagger });
  for (let i = 0; i < DAY && open.length > 0; i += 1) {
    fill(counts, random);
    requests += counts.newTotal;
    const tripped = open.filter(({ watch }) => watch.take(i, counts));
    for (const { name } of tripped) found[name] = { at: i + 1, requests };
    if (tripped.length > 0) open = open.filter((one) => !tripped.includes(one));
  }
  return { ...found, requests, passingLimit: flagger.passingLimit };
}

function watchers({ traffic, ratio, judged, settings, flagger }) {
  const guards = Object.entries(settings).map(([name, setting], i, { length }) => ({
    name,
    watch: watchBy(setting, DAY, judged > 0 && judged % length === i),
  }));
  const rules = [
    { name: 'oracle', watch: new Oracle({ share: traffic.share, ratio, alpha: 0.01 }) },
    { name: 'flagger', watch: flagger },
  ];
  return [...guards, ...rules.filter(({ name }) => ratio > 1 || name === 'flagger')];
}

/** A detector, which the whole judge looks over where asked. */
function watchBy(setting, windows, judged) {
  const detector = new Detector(setting, windows);
  return judged ? new Watched(detector, new FullJudge(setting, planOf(windows))) : detector;
}

class Watched {
  constructor(detector, judge) {
    this.detector = detector;
    this.judge = judge;
  }

  take(i, counts) {
    const trips = this.detector.take(i, counts);
    const { newBad, newTotal, controlBad, controlTotal } = counts;
    const arms = { new: { bad: newBad, total: newTotal }, control: { bad: controlBad, total: controlTotal } };
    const window = { from: i * WINDOW, to: (i + 1) * WINDOW, ...arms };
    this.judge.agrees(window, { trips, logE: this.detector.logE });
    return trips;
  }
}

const STRESSED = { split: 0.05, rate: 1_000, share: 0.001 };
const USUAL = plain(STRESSED);
const OUTAGE = plain({ ...STRESSED, both: 20 });

/** What may not trip a guard although arms or days differ; each answers whether it did. */
export const STRESS = {
  outage: (job) =>
    quiet(job, DAY, (i, counts, random) => (i >= 7_200 && i < 7_320 ? OUTAGE : USUAL)(counts, random)),
  ramp: (job) => {
    const steps = [0.01, 0.05, 0.25, 0.5];
    const windows = DAY / 2;
    let fill;
    return quiet(job, windows, (i, counts, random) => {
      const split = steps[Math.floor((i * steps.length) / windows)];
      // Two minutes at a time, so that the tables stay few.
      if (i % 24 === 0) fill = plain({ split, rate: 1_000, share: 0.002, both: 1 + (9 * i) / windows });
      return fill(counts, random);
    });
  },
  bursts: (job) => {
    const fill = bursty({ ...STRESSED, mean: 4 });
    const take = (_, counts, random) => fill(counts, random);
    return quiet(
      withHistory(job, () => take),
      DAY,
      take,
    );
  },
  pods: (job) => {
    const noisy = (random) => {
      const fill = podNoise({ ...STRESSED, sd: 0.2, memory: 300 }, random);
      return (_, counts, again) => fill(counts, again);
    };
    return quiet(withHistory(job, noisy), DAY, noisy(randomFrom(job.seed + 77)));
  },
  // One node of the new arm is slow or bad all day, or better than the others.
  node: (job) => {
    const worse = Math.max(0, 1 + 0.1 * normal(randomFrom(job.seed + 99)));
    const fill = plain({ ...STRESSED, worse });
    return quiet(job, DAY, (_, counts, random) => fill(counts, random));
  },
};

function quiet({ seed, setting, judged }, windows, take) {
  const random = randomFrom(seed);
  const counts = blank();
  const watch = watchBy(setting, windows, judged);
  for (let i = 0; i < windows; i += 1) if (watch.take(i, take(i, counts, random))) return { tripped: true };
  return { tripped: false };
}

/** φ as it is suggested from the two hours before, in windows of 5 s, 1, 5 and 20 minutes. */
function withHistory({ seed, setting, judged }, makeTake) {
  if (setting.phi !== 'history') return { seed, setting, judged };
  const random = randomFrom(seed ^ 0x5bd1e995);
  const take = makeTake(random);
  const windows = Array.from({ length: 1_440 }, (_, i) => ({ ...take(i, blank(), random) }));
  const scales = [1, 12, 60, 240].map((length) =>
    Array.from({ length: windows.length / length }, (_, k) =>
      windows
        .slice(k * length, (k + 1) * length)
        .reduce(
          (sum, next) =>
            Object.fromEntries(Object.keys(sum).map((field) => [field, sum[field] + next[field]])),
          blank(),
        ),
    ),
  );
  const { least = 1, ...rest } = setting;
  const phi = Math.min(MOST_PHI, suggestedPhi(scales, lastingRatio(windows)));
  return { seed, setting: { ...rest, phi: Math.max(least, phi) }, judged };
}

/** Six healthy hours, then errors double; windows from there to the trip. */
export function lateRun({ seed, traffic, ratio, setting, healthy = 4_320, judged }) {
  const random = randomFrom(seed);
  const counts = blank();
  const watch = watchBy(setting, DAY, judged);
  const [before, after] = [1, ratio].map((worse) => plain({ ...traffic, worse }));
  for (let i = 0; i < DAY; i += 1) {
    (i < healthy ? before : after)(counts, random);
    if (watch.take(i, counts)) return { at: i + 1 - healthy };
  }
  return { at: null };
}
