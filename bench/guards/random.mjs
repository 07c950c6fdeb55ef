/** Seeded draws in [0, 1): sfc32, of C. Doty-Humphrey's PractRand. */
export function randomFrom(seed) {
  let [a, b, c, counter] = [seed | 0, 0x9e3779b9 | 0, 0x243f6a88 | 0, 1];
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 15; i += 1) next();
  return next;
}

const tables = new Map();

/** A draw from a Poisson distribution, exact to 2⁻³², by inversion of its table. */
export function poisson(mean, random) {
  return mean <= 0 ? 0 : draw(tableFor(mean), random());
}

/** As `poisson`, for many draws of one mean. */
export function poissonOf(mean) {
  if (mean <= 0) return () => 0;
  const table = tableFor(mean);
  return (random) => draw(table, random());
}

function tableFor(mean) {
  let table = tables.get(mean);
  if (table === undefined) {
    if (tables.size > 5_000) tables.clear();
    table = tableOf(mean);
    tables.set(mean, table);
  }
  return table;
}

function tableOf(mean) {
  const from = Math.max(0, Math.floor(mean - 8 * Math.sqrt(mean) - 1));
  const to = Math.ceil(mean + 8 * Math.sqrt(mean) + 12);
  const cumulative = new Float64Array(to - from + 1);
  let log = -mean + from * Math.log(mean);
  for (let k = 2; k <= from; k += 1) log -= Math.log(k);
  let chance = Math.exp(log);
  let sum = 0;
  for (let k = from; k <= to; k += 1) {
    sum += chance;
    cumulative[k - from] = sum;
    chance *= mean / (k + 1);
  }
  return { from, cumulative, guide: guideOf(cumulative) };
}

const GUIDES = 256;

/** Where to begin to look, by the first eight bits of the draw. */
function guideOf(cumulative) {
  const guide = new Int32Array(GUIDES);
  for (let i = 0, at = 0; i < GUIDES; i += 1) {
    while (at < cumulative.length - 1 && cumulative[at] <= i / GUIDES) at += 1;
    guide[i] = at;
  }
  return guide;
}

function draw({ from, cumulative, guide }, u) {
  let at = guide[Math.floor(u * GUIDES)];
  while (at < cumulative.length - 1 && cumulative[at] <= u) at += 1;
  return from + at;
}

/** A draw from the standard normal distribution (Box–Muller). */
export function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A draw from the geometric distribution on 1, 2, … */
export function geometric(mean, random) {
  return mean <= 1 ? 1 : 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - 1 / mean));
}
