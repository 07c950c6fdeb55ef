import { guardSchema } from '../../dist/src/domain/guard.js';
import { accumulate } from '../../dist/src/domain/guard/accumulate.js';
import { ALONE } from '../../dist/src/domain/guard/combination.js';
import { judge } from '../../dist/src/domain/guard/judge.js';
import { massOf } from '../../dist/src/domain/guard/mass.js';
import { freshRecord } from '../../dist/src/domain/guard/record.js';
import {
  averageLogE,
  nextTail,
  ODDS_WEIGHTS,
  slowCounts,
  tailLlrs,
  watchedTails,
} from '../../dist/src/domain/guard/tail-evidence.js';
import { DAY } from './cases.mjs';
import { WINDOW } from './detector.mjs';
import { poisson, randomFrom } from './random.mjs';

/** Bounds of Envoy's and Istio's histograms, ms. */
const BOUNDS = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];
/** Lognormal: half under 80 ms, 99 % under 323. */
const MEDIAN = 80;
const SIGMA = Math.log(323 / 80) / 2.3263478740408408;
const LINE = Math.log(100);

/** Share of the requests in each bucket when everything takes `slower` times as long. */
function bucketShares(slower) {
  const below = BOUNDS.map((bound) => normalCdf(Math.log(bound / (MEDIAN * slower)) / SIGMA));
  return [...below, 1].map((share, i) => share - (below[i - 1] ?? 0));
}

/** Abramowitz and Stegun 26.2.17 is off by 7.5e-8 at most: plenty to draw from. */
function normalCdf(x) {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const tail =
    (series.reduceRight((sum, b) => (sum + b) * t, 0) * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
  return x > 0 ? 1 - tail : tail;
}

/** The whole judge beside the accumulators: any difference, to the last bit, ends the run. */
class Judge {
  #guard;
  #record = freshRecord(1, 0);
  #plan;
  #earlier;

  constructor({ margin, plan, history }) {
    const base = { key: 'times', source: 'prometheus', template: 'envoy', kind: 'latency' };
    this.#guard = guardSchema.parse({ ...base, margin, phi: 1, minEvents: 1 });
    this.#plan = plan;
    this.#earlier = { bounds: BOUNDS, control: history };
  }

  agrees(span, { fresh, control }, logE) {
    const arm = (buckets) => ({ bad: 0, total: buckets.reduce((sum, count) => sum + count, 0), buckets });
    const window = { ...span, new: arm(fresh), control: arm(control), bounds: BOUNDS };
    const reading = { windows: [window], watermark: span.to, unknown: null, lost: 0, windowLength: WINDOW };
    const verdict = judge({
      guard: this.#guard,
      record: this.#record,
      reading: { ...reading, earlier: this.#earlier },
      situation: {
        now: span.to,
        combined: ALONE,
        comparable: true,
        plan: this.#plan,
        step: { startedAt: 0, holdMs: null },
      },
    });
    this.#record = verdict.record;
    if (verdict.logE !== logE)
      throw new Error(`window to ${span.to}: judge says ${verdict.logE}, the accumulators ${logE}`);
  }
}

/** A day of a latency guard; the window in which it trips, or null, and how many windows the judge agreed on. */
export function latencyRun({ seed, split, rate, slower, margin, judged = false }) {
  const random = randomFrom(seed);
  const requests = (rate * WINDOW) / 1_000;
  const shares = { usual: bucketShares(1), slow: bucketShares(slower) };
  const drawn = (part, of) => of.map((share) => poisson(requests * part * share, random));
  const history = shares.usual.map((share) => poisson(rate * 3_600 * (1 - split) * share, random));
  const plan = { plannedEnd: DAY * WINDOW, paused: false, endless: false };
  const tails = watchedTails(history).map(({ index, tail }) => ({ index, tail, logs: [], logE: null }));
  const judging = judged ? new Judge({ margin, plan, history }) : null;
  let spent = 0;
  for (let i = 0; i < DAY; i += 1) {
    const fresh = drawn(split, shares.slow);
    const control = drawn(1 - split, shares.usual);
    const span = { from: i * WINDOW, to: (i + 1) * WINDOW };
    const { mass, planned } = massOf(span, plan, { spent, first: i === 0 });
    spent += planned;
    for (const watched of tails) {
      const counts = slowCounts(fresh, control, watched.index);
      const llrs = tailLlrs(counts, watched.tail, margin);
      Object.assign(watched, accumulate(watched.logs, llrs, { mass, phi: 1, weights: ODDS_WEIGHTS }));
      watched.tail = nextTail(watched.tail, counts, WINDOW);
    }
    const logE = averageLogE(tails.map((one) => one.logE));
    judging?.agrees(span, { fresh, control }, logE);
    if (logE >= LINE) return { at: i + 1, judged: judged ? i + 1 : 0 };
  }
  return { at: null, judged: judged ? DAY : 0 };
}
