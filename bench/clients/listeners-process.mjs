import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./listeners.mjs', import.meta.url));

/** A process that holds many open streams. */
export class Listeners {
  #child = fork(SCRIPT);

  /** Opens `count` streams by a request; resolves when each has its first bytes. */
  async open({ port }, request, count) {
    await this.#ask({ open: { port, request, count } });
  }

  /** Does `act`, which makes the server send a frame that holds `mark`; answers how many ms after its begin it was heard. */
  async hear(mark, act) {
    await this.#ask({ expect: mark });
    const heard = once(this.#child, 'message');
    const begin = process.hrtime.bigint();
    await act();
    const [{ heard: times }] = await heard;
    const after = (time) => Number(BigInt(time) - begin) / 1e6;
    return { first: after(times.first), middle: after(times.middle), last: after(times.last) };
  }

  async close() {
    await this.#ask({ close: true });
  }

  stop() {
    this.#child.kill('SIGKILL');
  }

  async #ask(what) {
    this.#child.send(what);
    const [answer] = await once(this.#child, 'message');
    if (answer.error !== undefined) throw new Error(answer.error);
  }
}
