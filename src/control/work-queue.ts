/** How timers are set and cleared; the global ones, or a test's own. */
export interface Timers {
  set(run: () => void, ms: number): unknown;
  clear(timer: unknown): void;
}

export interface WorkQueueOptions {
  /** How many keys of each urgency are worked on at once; default 4. */
  readonly concurrency?: number;
  /** Told of each failure; the key is tried again after a growing wait. */
  readonly onFailure: (key: string, error: unknown) => void;
  /** Longest wait after failures, ms; default 5,000. */
  readonly longestWait?: number;
  readonly timers?: Timers;
  /** In [0, 1); default Math.random. */
  readonly random?: () => number;
}

/** `routine`: it may wait until nothing urgent does. */
export type Urgency = 'urgent' | 'routine';

interface Task {
  state: 'ready' | 'running' | 'waiting';
  /** Kept until the work is done, over failures and waits. */
  urgency: Urgency;
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
 * 0.2 s, 0.4 s … `longestWait`, each with jitter. A new request for a waiting key is worked on at once. What is urgent
 * comes before all that is routine; neither waits for work of the other that hangs.
 */
export class WorkQueue {
  readonly #tasks = new Map<string, Task>();
  readonly #work: (key: string) => Promise<number | void>;
  readonly #options: Required<WorkQueueOptions>;
  /** Keys that are ready, the longest first. */
  readonly #ready = { urgent: new Set<string>(), routine: new Set<string>() };
  readonly #running = { urgent: 0, routine: 0 };
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

  add(key: string, urgency: Urgency = 'urgent'): void {
    if (this.#closed) return;
    const task = this.#tasks.get(key) ?? newTask();
    this.#tasks.set(key, task);
    if (urgency === 'urgent') task.urgency = urgency;
    if (task.state === 'running') task.again = true;
    else this.#wake(key, task);
    this.#pump();
  }

  /** Drops what waits and resolves when nothing runs any more. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const task of this.#tasks.values()) this.#options.timers.clear(task.timer);
    if (this.#isBusy) await new Promise<void>((resolve) => (this.#idle = resolve));
    this.#tasks.clear();
  }

  get #isBusy(): boolean {
    return this.#running.urgent + this.#running.routine > 0;
  }

  #wake(key: string, task: Task): void {
    this.#options.timers.clear(task.timer);
    task.state = 'ready';
    this.#ready.routine.delete(key);
    this.#ready[task.urgency].add(key);
  }

  #pump(): void {
    this.#start('urgent');
    this.#start('routine');
  }

  #start(urgency: Urgency): void {
    for (const key of this.#ready[urgency]) {
      if (this.#closed || this.#running[urgency] >= this.#options.concurrency) return;
      this.#ready[urgency].delete(key);
      const task = this.#tasks.get(key);
      if (task !== undefined) void this.#run(key, task);
    }
  }

  async #run(key: string, task: Task): Promise<void> {
    const { urgency } = task;
    task.state = 'running';
    task.again = false;
    this.#running[urgency] += 1;
    const wait = await this.#attempt(key, task);
    this.#running[urgency] -= 1;
    if (this.#closed) {
      if (!this.#isBusy) this.#idle?.();
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
    if (task.again) return this.#wake(key, task);
    if (wait === null) {
      this.#tasks.delete(key);
      return;
    }
    task.state = 'waiting';
    task.timer = this.#options.timers.set(() => {
      this.#wake(key, task);
      this.#pump();
    }, wait);
  }
}

function newTask(): Task {
  return { state: 'waiting', urgency: 'routine', again: false, failures: 0, timer: null };
}
