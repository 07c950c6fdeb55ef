import { bucket } from '../../client-sdk/dist/engine/bucket.js';
import { Detector } from '../guards/detector.mjs';
import { randomFrom } from '../guards/random.mjs';

const TOTAL = 100_000;

/**
 * What the exported accumulator finds that is given answers one by one ([epoch ms, 1 by the new version or 0, 1 when bad or 0] each,
 * in their order), in windows of `window` ms from `from` on: the requests of the new version by the end of the window that trips.
 * That is how soon one could know who loses nothing on the way.
 */
export function replayed(answers, { from, window, plannedMs }) {
  const detector = new Detector({ margin: 1, phi: 1, alpha: 0.01, minEvents: 5 }, plannedMs / window);
  let counts = none();
  let requests = 0;
  let i = 0;
  for (const [at, isNew, isBad] of answers) {
    if (at < from) continue;
    for (; at >= from + (i + 1) * window; i += 1) {
      requests += counts.newTotal;
      if (detector.take(i, counts)) return requests;
      counts = none();
    }
    counts[isNew ? 'newTotal' : 'controlTotal'] += 1;
    counts[isNew ? 'newBad' : 'controlBad'] += isBad;
  }
  throw new Error('the answers end before anything is found');
}

const none = () => ({ newBad: 0, newTotal: 0, controlBad: 0, controlTotal: 0 });

/** The traffic of a run as it is sent, in answers as above, without end; before `after` ms all meet the control. */
export function* trafficOf({ run, rate, split, base, worse, after = 0 }) {
  const gaps = randomFrom(gapSeedOf(run));
  const fails = randomFrom(run);
  for (let at = gapFrom(gaps, rate), user = 0; ; at += gapFrom(gaps, rate), user += 1) {
    const isNew = at >= after && bucket(`rollout-${run}`, `user-${run}-${user}`, TOTAL) < split * TOTAL;
    yield [at, isNew ? 1 : 0, fails() < (isNew ? worse : base) ? 1 : 0];
  }
}

/** Answers up to the last of the new version, then on as the same traffic would have gone. */
export function* goneOn(answers, traffic) {
  const until = answers.findLastIndex(([, isNew]) => isNew);
  const rest = trafficOf(traffic);
  let offset = 0;
  for (let i = 0; i <= until; i += 1) {
    offset = answers[i][0] - rest.next().value[0];
    yield answers[i];
  }
  for (const [at, isNew, isBad] of rest) yield [at + offset, isNew, isBad];
}

export const gapSeedOf = (run) => 1_000_003 * (run + 1);

/** Time until the next of requests that come at random, `rate` a second on average, ms. */
export const gapFrom = (random, rate) => (-Math.log(1 - random()) * 1_000) / rate;
