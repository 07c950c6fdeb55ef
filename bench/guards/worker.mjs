import { parentPort } from 'node:worker_threads';
import { latencyRun } from './latency.mjs';
import { errorRun, lateRun, STRESS } from './runs.mjs';

const RUNS = { error: errorRun, latency: latencyRun, late: lateRun, stress: (job) => STRESS[job.name](job) };

parentPort.on('message', ({ id, kind, job, seeds, judgeEvery }) => {
  const answers = seeds.map((seed) =>
    RUNS[kind]({ ...job, seed, judged: seed % judgeEvery === 0 ? seed / judgeEvery : 0 }),
  );
  parentPort.postMessage({ id, answers }, []);
});
