const ROUNDS = 15;
const ROUND_MS = 25;

/** Median CPU nanoseconds per call of each contestant, in alternating rounds over the same inputs. */
export function measure(contestants, inputs) {
  const samples = contestants.map(() => []);
  for (const contestant of contestants) spin(contestant, inputs, ROUND_MS * 4);
  for (let round = 0; round < ROUNDS; round += 1) {
    contestants.forEach((contestant, index) => samples[index].push(spin(contestant, inputs, ROUND_MS)));
  }
  return samples.map(median);
}

function spin(contestant, inputs, milliseconds) {
  const start = process.cpuUsage();
  const until = performance.now() + milliseconds;
  let calls = 0;
  let kept = 0;
  while (performance.now() < until) {
    for (const input of inputs) if (contestant(input) === true) kept += 1;
    calls += inputs.length;
  }
  const { user, system } = process.cpuUsage(start);
  if (kept < 0) throw new Error('never');
  return ((user + system) * 1_000) / calls;
}

export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
