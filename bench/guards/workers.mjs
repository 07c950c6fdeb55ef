import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** Runs per message: long enough that messages cost nothing, short enough that both cores end together. */
const BATCH = 25;

/** Spreads seeded runs over the cores. */
export class Workers {
  #workers = Array.from({ length: Math.min(4, availableParallelism()) }, () => ({
    thread: new Worker(new URL('./worker.mjs', import.meta.url)),
    waiting: 0,
  }));
  #open = new Map();
  #queue = [];
  #next = 0;
  /** Runs so far, and those of them that the full judge looked over. */
  tally = { runs: 0, judged: 0 };

  constructor() {
    for (const worker of this.#workers) {
      worker.thread.on('message', ({ id, answers }) => {
        worker.waiting -= 1;
        this.#open.get(id).resolve(answers);
        this.#open.delete(id);
        this.#feed();
      });
      worker.thread.on('error', (error) => {
        for (const { reject } of this.#open.values()) reject(error);
      });
    }
  }

  /** The answers of `count` runs of a kind, by ascending seed; every `judgeEvery`-th also asks the full judge. */
  async run(kind, job, { count, judgeEvery }) {
    const parts = [];
    this.tally.runs += count;
    this.tally.judged += Math.floor(count / judgeEvery);
    for (let first = 1; first <= count; first += BATCH) {
      const seeds = Array.from({ length: Math.min(BATCH, count + 1 - first) }, (_, i) => first + i);
      parts.push(this.#ask({ kind, job, seeds, judgeEvery }));
    }
    return (await Promise.all(parts)).flat();
  }

  async close() {
    await Promise.all(this.#workers.map(({ thread }) => thread.terminate()));
  }

  #ask(message) {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#open.set(id, { resolve, reject });
      this.#queue.push({ ...message, id });
      this.#feed();
    });
  }

  #feed() {
    for (const worker of this.#workers) {
      while (worker.waiting < 2 && this.#queue.length > 0) {
        worker.waiting += 1;
        worker.thread.postMessage(this.#queue.shift(), []);
      }
    }
  }
}
