import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

const PROBE = new URL('./probe.mjs', import.meta.url).href;

/** A server under test, in a process of its own, with the probe in it. */
export class Contestant {
  #child;
  #errors = '';

  constructor(script, { env, port }) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.#child = fork(script, [], {
      execArgv: ['--expose-gc', '--import', PROBE],
      env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr.on('data', (chunk) => (this.#errors += chunk));
  }

  /** Runs `script`, which takes its port from the variable `port` names; resolves when `ready` answers 200. */
  static async start(script, { env = {}, port = 'PORT', ready = '/' } = {}) {
    const number = await freePort();
    const contestant = new this(script, { env: { ...env, [port]: String(number) }, port: number });
    try {
      await contestant.#answers(ready);
    } catch (error) {
      await contestant.stop();
      throw error;
    }
    return contestant;
  }

  /** CPU used since the start, ms. */
  async cpu() {
    return (await this.#ask('usage')).cpu;
  }

  /** Resident memory after a collection, bytes. */
  async rss() {
    return (await this.#ask('memory')).rss;
  }

  /** Begins to watch for blocks of the event loop. */
  async watch() {
    await this.#ask('watch');
    await this.#ask('blocked');
  }

  /** Longest block of the event loop since last asked, ms. */
  async blocked() {
    return (await this.#ask('blocked')).blocked;
  }

  /** Gives it no time for a last word, unless by another signal. */
  async stop(signal = 'SIGKILL') {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill(signal);
    await once(this.#child, 'exit');
  }

  async #ask(what) {
    this.#child.send(what);
    return (await once(this.#child, 'message'))[0];
  }

  async #answers(path) {
    const end = Date.now() + 60_000;
    while (Date.now() < end) {
      if (this.#child.exitCode !== null) throw new Error(`ended at once:\n${this.#errors}`);
      const status = await fetch(this.url + path).then(
        (response) => response.status,
        () => 0,
      );
      if (status === 200) return;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`doesn't answer ${path}:\n${this.#errors}`);
  }
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
