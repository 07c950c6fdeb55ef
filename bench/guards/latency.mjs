import { guardSchema } from '../../dist/src/domain/guard.js';
import { accumulate } from '../../dist/src/domain/guard/accumulate.js';
import { massOf } from '../../dist/src/domain/guard/mass.js';
import {
  averageLogE,
  nextTail,
  ODDS_WEIGHTS,
  slowCounts,
  tailLlrs,
  watchedTails,
} from '../../dist/src/domain/guard/tail-evidence.js';
import { DAY } from './cases.mjs';
import { planOf, WINDOW } from './detector.mjs';
import { FullJudge } from './full-judge.mjs';
import { poisson, poissonOf, randomFrom } from './random.mjs';

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

/** What guards are stated for, and what is shipped; a bad request or two are no reason to wait here. */
const base = { key: 'times', source: 'prometheus', template: 'envoy', kind: 'latency', minEvents: 1 };
export const LATENCY_SETTINGS = {
  stated: guardSchema.parse({ ...base, margin: 1, phi: 1 }),
  shipped: guardSchema.parse({ ...base, margin: 1.1 }),
};

/** A day of a latency guard; the window in which it trips, or null. Where asked, the full judge looks too. */
export function latencyRun({ seed, split, rate, slower, setting, judged = 0 }) {
  const { margin, phi } = LATENCY_SETTINGS[setting];
  const random = randomFrom(seed);
  const requests = (rate * WINDOW) / 1_000;
  const drawsOf = (part, shares) => shares.map((share) => poissonOf(requests * part * share));
  const arms = {
    fresh: drawsOf(split, bucketShares(slower)),
    control: drawsOf(1 - split, bucketShares(1)),
  };
  const history = bucketShares(1).map((share) => poisson(rate * 3_600 * (1 - split) * share, random));
  const plan = planOf(DAY);
  const tails = watchedTails(history).map(({ index, tail }) => ({ index, tail, logs: [], logE: null }));
  const judge = judged > 0 ? new FullJudge({ ...LATENCY_SETTINGS[setting] }, plan) : null;
  let spent = 0;
  for (let i = 0; i < DAY; i += 1) {
    const fresh = arms.fresh.map((draw) => draw(random));
    const control = arms.control.map((draw) => draw(random));
    const span = { from: i * WINDOW, to: (i + 1) * WINDOW };
    const { mass, planned } = massOf(span, plan, { spent, first: i === 0 });
    spent += planned;
    for (const watched of tails) {
      const counts = slowCounts(fresh, control, watched.index);
      const llrs = tailLlrs(counts, watched.tail, margin);
      Object.assign(watched, accumulate(watched.logs, llrs, { mass, phi, weights: ODDS_WEIGHTS }));
      watched.tail = nextTail(watched.tail, counts, WINDOW);
    }
    const logE = averageLogE(tails.map((one) => one.logE));
    const trips = logE >= LINE;
    judge?.agrees(
      { ...span, new: armOf(fresh), control: armOf(control), bounds: BOUNDS },
      { logE, trips },
      { earlier: { bounds: BOUNDS, control: history } },
    );
    if (trips) return { at: i + 1 };
  }
  return { at: null };
}

function armOf(buckets) {
  return { bad: 0, total: buckets.reduce((sum, count) => sum + count, 0), buckets };
}
