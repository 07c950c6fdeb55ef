import { runInThisContext } from 'node:vm';

let loops = 0;

/**
 * CPU nanoseconds per call of each contestant `(key, context) => value`, in short alternating rounds over the same
 * questions: the medians, and the median share of each in what the first took in the same round, which stays when the
 * machine is busy. Each is called from a loop of its own, so that none pays for what another one looks like.
 */
export function measure(contestants, { keys, contexts }, { rounds = 101, milliseconds = 6 } = {}) {
  const spins = contestants.map(loopAround);
  const samples = contestants.map(() => []);
  for (const spin of spins) time(spin, keys, contexts, 200);
  for (let round = 0; round < rounds; round += 1) {
    spins.forEach((spin, index) => samples[index].push(time(spin, keys, contexts, milliseconds)));
  }
  return {
    medians: samples.map(median),
    shares: samples.map((times) => median(times.map((time, round) => time / samples[0][round]))),
  };
}

/**
 * Bytes of heap that one of the `evaluations` of a call takes, to the nearest byte: growth of the heap over some 100,000
 * without a collection, divided by them. The least of seven tries, as whatever else the process does only adds. Needs
 * --expose-gc.
 */
export function bytesEach(contestant, { keys, contexts }, evaluations = 1) {
  const spin = loopAround(contestant);
  time(spin, keys, contexts, 200);
  const passes = Math.ceil(100_000 / (keys.length * evaluations));
  const tries = Array.from({ length: 7 }, () => {
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    for (let pass = 0; pass < passes; pass += 1) spin(keys, contexts);
    return (process.memoryUsage().heapUsed - before) / (passes * keys.length * evaluations);
  });
  // A try in which the heap shrank was collected in: it shows nothing.
  return Math.max(0, Math.round(Math.min(...tries.filter((bytes) => bytes > -0.5))));
}

/** A loop over questions, compiled for this contestant alone; answers how often the value was true. */
function loopAround(contestant) {
  loops += 1;
  return runInThisContext(`(contestant) => (keys, contexts) => {
    let kept = ${loops} - ${loops};
    for (let index = 0; index < keys.length; index += 1) {
      if (contestant(keys[index], contexts[index]) === true) kept += 1;
    }
    return kept;
  }`)(contestant);
}

function time(spin, keys, contexts, milliseconds) {
  const start = process.cpuUsage();
  const until = performance.now() + milliseconds;
  let calls = 0;
  do {
    spin(keys, contexts);
    calls += keys.length;
  } while (performance.now() < until);
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1_000) / calls;
}

export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
