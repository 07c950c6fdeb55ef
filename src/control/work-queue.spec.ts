import { describe, expect, it } from '@jest/globals';
import { type Timers, WorkQueue } from './work-queue.js';

/** Timers that go off when told. */
class HandTimers implements Timers {
  readonly pending = new Map<number, { run: () => void; ms: number }>();
  #next = 1;

  set(run: () => void, ms: number): number {
    this.pending.set(this.#next, { run, ms });
    return this.#next++;
  }

  clear(timer: unknown): void {
    this.pending.delete(timer as number);
  }

  waits(): number[] {
    return [...this.pending.values()].map(({ ms }) => ms);
  }

  fire(): void {
    const due = [...this.pending.values()];
    this.pending.clear();
    due.forEach(({ run }) => run());
  }
}

/** Work that ends when told, and what became of it. */
function setUp(options: { concurrency?: number; longestWait?: number } = {}) {
  const timers = new HandTimers();
  const begun: string[] = [];
  const failures: string[] = [];
  const ends: ((outcome: number | Error | undefined) => void)[] = [];
  const queue = new WorkQueue(
    (key) =>
      new Promise((resolve, reject) => {
        begun.push(key);
        ends.push((outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)));
      }),
    { ...options, timers, random: () => 0.5, onFailure: (key) => failures.push(key) },
  );
  const end = async (outcome?: number | Error): Promise<void> => {
    ends.shift()?.(outcome);
    await new Promise(setImmediate);
  };
  return { queue, timers, begun, failures, end };
}

describe('WorkQueue', () => {
  it('works on a key once for many requests, and once more for those that came meanwhile', async () => {
    const { queue, begun, end } = setUp();
    queue.add('a');
    queue.add('a');
    queue.add('a');
    expect(begun).toEqual(['a']);
    await end();
    expect(begun).toEqual(['a', 'a']);
    await end();
    expect(begun).toEqual(['a', 'a']);
    await queue.close();
  });

  it('works on different keys at once, up to its limit', async () => {
    const { queue, begun, end } = setUp({ concurrency: 2 });
    ['a', 'b', 'c'].forEach((key) => queue.add(key));
    expect(begun).toEqual(['a', 'b']);
    await end();
    expect(begun).toEqual(['a', 'b', 'c']);
    await end();
    await end();
    await queue.close();
  });

  it('works on what is urgent before all that is routine, and at once where routine work hangs', async () => {
    const { queue, begun, end } = setUp({ concurrency: 1 });
    ['a', 'b', 'c', 'd'].forEach((key) => queue.add(key, 'routine'));
    queue.add('urgent');
    queue.add('c');
    expect(begun).toEqual(['a', 'urgent']);
    await end();
    await end();
    expect(begun).toEqual(['a', 'urgent', 'b', 'c']);
    for (let left = 0; left < 3; left += 1) await end();
    expect(begun).toEqual(['a', 'urgent', 'b', 'c', 'd']);
    await queue.close();
  });

  it('an urgent key that failed stays urgent until its work is done', async () => {
    const { queue, timers, begun, end } = setUp({ concurrency: 1 });
    queue.add('urgent');
    await end(new Error('no'));
    ['a', 'b'].forEach((key) => queue.add(key, 'routine'));
    queue.add('urgent', 'routine');
    expect(begun).toEqual(['urgent', 'a', 'urgent']);
    expect(timers.waits()).toEqual([]);
    for (let left = 0; left < 2; left += 1) await end();
    queue.add('urgent', 'routine');
    expect(begun).toEqual(['urgent', 'a', 'urgent', 'b']);
    await end();
    await end();
    await queue.close();
  });

  it('tries a failed key again after waits that double up to the longest, with jitter', async () => {
    const { queue, timers, begun, failures, end } = setUp({ longestWait: 500 });
    queue.add('a');
    const waits: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      await end(new Error('no'));
      waits.push(...timers.waits());
      timers.fire();
    }
    expect(waits).toEqual([150, 300, 375, 375]);
    expect(failures).toEqual(['a', 'a', 'a', 'a']);
    expect(begun).toHaveLength(5);
    await end();
    await queue.close();
  });

  it('begins with the first wait again after a success', async () => {
    const { queue, timers, end } = setUp();
    queue.add('a');
    await end(new Error('no'));
    timers.fire();
    await end();
    queue.add('a');
    await end(new Error('no'));
    expect(timers.waits()).toEqual([150]);
    await queue.close();
  });

  it('works at once on a key that is asked for while it waits', async () => {
    const { queue, timers, begun, end } = setUp();
    queue.add('a');
    await end(new Error('no'));
    queue.add('a');
    expect(begun).toEqual(['a', 'a']);
    expect(timers.waits()).toEqual([]);
    await end();
    await queue.close();
  });

  it('looks at a key again when the work asks for it', async () => {
    const { queue, timers, begun, end } = setUp();
    queue.add('a');
    await end(1_000);
    expect(timers.waits()).toEqual([1_000]);
    timers.fire();
    expect(begun).toEqual(['a', 'a']);
    await end();
    await queue.close();
  });

  it('one key that fails holds up no other', async () => {
    const { queue, begun, end } = setUp({ concurrency: 1 });
    queue.add('bad');
    queue.add('good');
    await end(new Error('no'));
    expect(begun).toEqual(['bad', 'good']);
    await end();
    await queue.close();
  });

  it('closes when what runs has ended, drops what waits, and takes nothing more', async () => {
    const { queue, timers, begun, end } = setUp();
    queue.add('a');
    await end(new Error('no'));
    queue.add('b');
    let closed = false;
    const closing = queue.close().then(() => (closed = true));
    queue.add('c');
    await new Promise(setImmediate);
    expect(closed).toBe(false);
    await end();
    await closing;
    expect(begun).toEqual(['a', 'b']);
    expect(timers.waits()).toEqual([]);
  });
});
