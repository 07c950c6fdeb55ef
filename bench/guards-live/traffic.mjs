import { Agent, request } from 'node:http';
import { randomFrom } from '../guards/random.mjs';
import { gapFrom, gapSeedOf } from './replay.mjs';

/** Users who come one after the other, at seeded random times, `rate` a second on average, and wait for their answer. */
export class Traffic {
  #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  #timer;

  constructor({ port, run, rate }) {
    const random = randomFrom(gapSeedOf(run));
    const gap = () => gapFrom(random, rate);
    let due = performance.now() + gap();
    let user = 0;
    this.#timer = setInterval(() => {
      for (const now = performance.now(); due <= now; due += gap()) {
        this.#send(port, run, `user-${run}-${user}`);
        user += 1;
      }
    }, 2);
  }

  stop() {
    clearInterval(this.#timer);
    this.#agent.destroy();
  }

  #send(port, run, user) {
    const options = { host: '127.0.0.1', port, path: `/buy/${run}`, headers: { 'x-user': user } };
    const sent = request({ ...options, agent: this.#agent }, (answer) => answer.resume());
    // Requests that are on their way when the traffic ends are of no interest; an app that is gone says so itself.
    sent.on('error', () => undefined);
    sent.end();
  }
}
