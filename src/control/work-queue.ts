/** How timers are set and cleared; the global ones, or a test's own. */
export interface Timers {
  set(run: () => void, ms: number): unknown;
  clear(timer: unknown): void;
}

export interface WorkQueueOptions {
  /** How many keys are worked on at once; default 4. */
  readonly concurrency?: number;
  /** Told of each failure; the key is tried again after a growing wait. */
  readonly onFailure: (key: string, error: unknown) => void;
  /** Longest wait after failures, ms; default 5,000. */
  readonly longestWait?: number;
  readonly timers?: Timers;
  /** In [0, 1); default Math.random. */
  readonly random?: () => number;
}

interface Task {
  state: 'ready' | 'running' | 'waiting';
  /** Asked for again while it was running. */
  again: boolean;
  failures: number;
  timer: unknown;
}

const FIRST_WAIT = 200;
const LONGEST_WAIT = 5_000;

const GLOBAL_TIMERS: Timers = {
  set: (run, ms) => setTimeout(run, ms),
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/**
 * Works on keys: one task a key at a time, requests for the same key merged into one, a failed key tried again after
 * 0.2 s, 0.4 s … `longestWait`, each with jitter. A new request for a waiting key is worked on at once.
 */
export class WorkQueue {
  readonly #tasks = new Map<string, Task>();
  readonly #work: (key: string) => Promise<number | void>;
  readonly #options: Required<WorkQueueOptions>;
  #running = 0;
  #closed = false;
  #idle: (() => void) | null = null;

  /** `work` may answer after how many ms it wants to see the key again. */
  constructor(work: (key: string) => Promise<number | void>, options: WorkQueueOptions) {
    this.#work = work;
    this.#options = {
      concurrency: 4,
      longestWait: LONGEST_WAIT,
      timers: GLOBAL_TIMERS,
      random: Math.random,
      ...options,
    };
  }

  add(key: string): void {
    if (this.#closed) return;
    const task = this.#tasks.get(key);
    if (task === undefined) this.#tasks.set(key, { state: 'ready', again: false, failures: 0, timer: null });
    else if (task.state === 'running') task.again = true;
    else this.#wake(task);
    this.#pump();
  }

  /** Drops what waits and resolves when nothing runs any more. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const task of this.#tasks.values()) this.#options.timers.clear(task.timer);
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    this.#tasks.clear();
  }

  #wake(task: Task): void {
    this.#options.timers.clear(task.timer);
    task.state = 'ready';
  }

  #pump(): void {
    for (const [key, task] of this.#tasks) {
      if (this.#closed || this.#running >= this.#options.concurrency) return;
      if (task.state === 'ready') void this.#run(key, task);
    }
  }

  async #run(key: string, task: Task): Promise<void> {
    task.state = 'running';
    task.again = false;
    this.#running += 1;
    const wait = await this.#attempt(key, task);
    this.#running -= 1;
    if (this.#closed) {
      if (this.#running === 0) this.#idle?.();
      return;
    }
    this.#settle(key, task, wait);
    this.#pump();
  }

  async #attempt(key: string, task: Task): Promise<number | null> {
    try {
      const wait = await this.#work(key);
      task.failures = 0;
      return wait ?? null;
    } catch (error) {
      task.failures += 1;
      this.#options.onFailure(key, error);
      const wait = Math.min(this.#options.longestWait, FIRST_WAIT * 2 ** (task.failures - 1));
      return wait * (0.5 + this.#options.random() / 2);
    }
  }

  #settle(key: string, task: Task, wait: number | null): void {
    if (task.again) {
      task.state = 'ready';
      return;
    }
    if (wait === null) {
      this.#tasks.delete(key);
      return;
    }
    task.state = 'waiting';
    task.timer = this.#options.timers.set(() => {
      this.#wake(task);
      this.#pump();
    }, wait);
  }
}
