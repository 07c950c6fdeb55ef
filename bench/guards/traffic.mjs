import { WINDOW } from './detector.mjs';
import { geometric, normal, poissonOf } from './random.mjs';

const SECONDS = WINDOW / 1_000;

/** Two arms of independent requests; `worse` multiplies the share of bad ones in the new arm, `both` in both. Fills one window. */
export function plain({ split, rate, share, worse = 1, both = 1 }) {
  const fresh = armOf(rate * split, share * both * worse);
  const control = armOf(rate * (1 - split), share * both);
  return (counts, random) => {
    counts.newBad = fresh.bad(random);
    counts.newTotal = counts.newBad + fresh.good(random);
    counts.controlBad = control.bad(random);
    counts.controlTotal = counts.controlBad + control.good(random);
    return counts;
  };
}

function armOf(rate, share) {
  const requests = rate * SECONDS;
  return { bad: poissonOf(requests * share), good: poissonOf(requests * (1 - share)) };
}

/** Bad requests come in bursts of one arm, of geometric size, `mean` on average. */
export function bursty({ split, rate, share, mean }) {
  const fresh = armOf(rate * split, share);
  const control = armOf(rate * (1 - split), share);
  const bursts = [split, 1 - split].map((part) => poissonOf((rate * SECONDS * part * share) / mean));
  const sizeOf = (many, random) => {
    let bad = 0;
    for (let i = many(random); i > 0; i -= 1) bad += geometric(mean, random);
    return bad;
  };
  return (counts, random) => {
    counts.newBad = sizeOf(bursts[0], random);
    counts.newTotal = counts.newBad + fresh.good(random);
    counts.controlBad = sizeOf(bursts[1], random);
    counts.controlTotal = counts.controlBad + control.good(random);
    return counts;
  };
}

/** The bad share of each arm's pods wanders by itself: AR(1) of deviation `sd`, `memory` in seconds. */
export function podNoise({ split, rate, share, sd, memory }, random) {
  const kept = Math.exp(-SECONDS / memory);
  const fresh = sd * Math.sqrt(1 - kept ** 2);
  let [newNoise, controlNoise] = [sd * normal(random), sd * normal(random)];
  // Steps of a hundredth keep the tables few.
  const factors = Array.from({ length: 301 }, (_, i) => plain({ split, rate, share: (share * i) / 100 }));
  const drawn = { newBad: 0, newTotal: 0, controlBad: 0, controlTotal: 0 };
  const at = (noise) => factors[Math.min(300, Math.max(0, Math.round(100 * (1 + noise))))];
  return (counts, again) => {
    newNoise = kept * newNoise + fresh * normal(again);
    controlNoise = kept * controlNoise + fresh * normal(again);
    at(newNoise)(drawn, again);
    const { newBad, newTotal } = drawn;
    at(controlNoise)(counts, again);
    return Object.assign(counts, { newBad, newTotal });
  };
}
