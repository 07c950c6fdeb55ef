import { guardSchema } from '../../dist/src/domain/guard.js';
import { judge } from '../../dist/src/domain/guard/judge.js';
import { freshRecord } from '../../dist/src/domain/guard/record.js';
import { suggestedPhi } from '../../dist/src/domain/guard/dispersion.js';
import { DAY, SETTINGS } from './cases.mjs';
import { Detector, Oracle, WINDOW } from './detector.mjs';
import { randomFrom } from './random.mjs';
import { bursty, plain, podNoise } from './traffic.mjs';

const blank = () => ({ newBad: 0, newTotal: 0, controlBad: 0, controlTotal: 0 });

/**
 * One day of a case, or until all have tripped: for each setting, and for the oracle where there is something to find, the
 * window in which it trips and what the new arm got until then. Where asked, the full judge looks too.
 */
export function errorRun({ seed, traffic, ratio, judged = false, settings = SETTINGS }) {
  const random = randomFrom(seed);
  const counts = blank();
  const fill = plain({ ...traffic, worse: ratio });
  const found = {};
  let requests = 0;
  let open = watchers({ traffic, ratio, judged, settings });
  for (let i = 0; i < DAY && open.length > 0; i += 1) {
    fill(counts, random);
    requests += counts.newTotal;
    const tripped = open.filter(({ take }) => take(i, counts));
    for (const { name } of tripped) found[name] = { at: i + 1, requests };
    if (tripped.length > 0) open = open.filter((watcher) => !tripped.includes(watcher));
  }
  return { ...found, requests, judged: judged ? (found.stated?.at ?? DAY) : 0 };
}

function watchers({ traffic, ratio, judged, settings }) {
  const plannedEnd = DAY * WINDOW;
  const guards = Object.entries(settings).map(([name, setting]) => {
    const detector = new Detector({ ...setting, plannedEnd });
    const judge = judged && name === 'stated' ? new Judge({ ...setting, plannedEnd }) : null;
    const take = (i, counts) => {
      const trips = detector.take(i, counts);
      judge?.agrees(i, counts, { trips, logE: detector.logE });
      return trips;
    };
    return { name, take };
  });
  if (ratio <= 1) return guards;
  const oracle = new Oracle({ share: traffic.share, ratio });
  return [...guards, { name: 'oracle', take: (_, counts) => oracle.take(counts) }];
}

/** The whole judge beside the accumulator: any difference, to the last bit, ends the run. */
class Judge {
  windows = 0;
  #guard;
  #record = freshRecord(1, 0);
  #plan;

  constructor({ margin, phi, plannedEnd }) {
    const base = { key: 'errors', source: 'prometheus', template: 'envoy' };
    this.#guard = guardSchema.parse({ ...base, margin, phi });
    this.#plan = { plannedEnd, paused: false, endless: false };
  }

  agrees(i, { newBad, newTotal, controlBad, controlTotal }, expected) {
    const to = (i + 1) * WINDOW;
    const arms = { new: { bad: newBad, total: newTotal }, control: { bad: controlBad, total: controlTotal } };
    const window = { from: i * WINDOW, to, ...arms };
    const verdict = judge({
      guard: this.#guard,
      record: this.#record,
      reading: { windows: [window], watermark: to, unknown: null, lost: 0, windowLength: WINDOW },
      situation: {
        now: to,
        combined: { part: 1, rest: 0, largest: 0 },
        comparable: true,
        plan: this.#plan,
        step: { startedAt: 0, holdMs: null },
      },
    });
    this.#record = verdict.record;
    this.windows += 1;
    if (verdict.logE !== expected.logE || (verdict.decision === 'trip') !== expected.trips)
      throw new Error(
        `window ${i}: judge says ${verdict.decision} at ${verdict.logE}, the accumulator ${expected.logE}`,
      );
  }
}

const STRESSED = { split: 0.05, rate: 1_000, share: 0.001 };
const USUAL = plain(STRESSED);
const OUTAGE = plain({ ...STRESSED, both: 20 });

/** What may not trip a guard although arms or days differ; each answers whether it did. */
export const STRESS = {
  outage: ({ seed, setting }) =>
    quiet(seed, setting, DAY, (i, counts, random) =>
      (i >= 7_200 && i < 7_320 ? OUTAGE : USUAL)(counts, random),
    ),
  ramp: ({ seed, setting }) => {
    const steps = [0.01, 0.05, 0.25, 0.5];
    const windows = DAY / 2;
    let fill;
    return quiet(seed, setting, windows, (i, counts, random) => {
      const split = steps[Math.floor((i * steps.length) / windows)];
      // Two minutes at a time, so that the tables stay few.
      if (i % 24 === 0) fill = plain({ split, rate: 1_000, share: 0.002, both: 1 + (9 * i) / windows });
      return fill(counts, random);
    });
  },
  bursts: ({ seed, setting }) => {
    const fill = bursty({ ...STRESSED, mean: 4 });
    const take = (_, counts, random) => fill(counts, random);
    return quiet(
      seed,
      withHistory(seed, setting, () => take),
      DAY,
      take,
    );
  },
  pods: ({ seed, setting }) => {
    const noisy = (random) => {
      const fill = podNoise({ ...STRESSED, sd: 0.2, memory: 300 }, random);
      return (_, counts, again) => fill(counts, again);
    };
    return quiet(seed, withHistory(seed, setting, noisy), DAY, noisy(randomFrom(seed + 77)));
  },
};

function quiet(seed, setting, windows, take) {
  const random = randomFrom(seed);
  const counts = blank();
  const detector = new Detector({ ...setting, plannedEnd: windows * WINDOW });
  for (let i = 0; i < windows; i += 1)
    if (detector.take(i, take(i, counts, random))) return { tripped: true };
  return { tripped: false };
}

/** φ as it is suggested from the two hours before, in windows of 5 s, 1, 5 and 20 minutes. */
function withHistory(seed, setting, makeTake) {
  if (setting.phi !== 'history') return setting;
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
  return { ...setting, phi: suggestedPhi(scales) };
}

/** Six healthy hours, then errors double; windows from there to the trip. */
export function lateRun({ seed, traffic, ratio, setting, healthy = 4_320 }) {
  const random = randomFrom(seed);
  const counts = blank();
  const detector = new Detector({ ...setting, plannedEnd: DAY * WINDOW });
  const [before, after] = [1, ratio].map((worse) => plain({ ...traffic, worse }));
  for (let i = 0; i < DAY; i += 1) {
    (i < healthy ? before : after)(counts, random);
    if (detector.take(i, counts)) return { at: i + 1 - healthy };
  }
  return { at: null };
}
