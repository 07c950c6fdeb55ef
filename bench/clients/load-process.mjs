import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ROUNDS = 21;
const CONNECTIONS = 32;

/** A process that sends requests, so that nothing but serving is in the figures of a server. */
export class Load {
  #child;

  /** By default `load.mjs`, which takes requests as text; others of this folder take what they say. */
  constructor(script = new URL('./load.mjs', import.meta.url)) {
    this.#child = fork(fileURLToPath(script));
  }

  /** Sends `count` requests to a contestant; throws unless every answer has the `status`. */
  async send({ port }, { requests, count, status = 200 }) {
    this.#child.send({ port, requests, connections: CONNECTIONS, count });
    const [{ statuses, error }] = await once(this.#child, 'message');
    if (statuses?.[status] !== count) throw new Error(error ?? `answers: ${JSON.stringify(statuses)}`);
  }

  /**
   * CPU of two contestants per request in alternating rounds of `count` requests, after a warm-up. `sides`:
   * { contestant, requests, status? } each. Answers the medians in µs, and the median of each round's own ratio of the
   * first to the second: neighbours in time share what else the machine does.
   */
  async measure(sides, count) {
    const samples = sides.map(() => []);
    for (const side of sides) await this.#round(side, count * 2);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [index, side] of sides.entries()) samples[index].push(await this.#round(side, count));
    }
    const [value, reference] = samples.map(median);
    return { value, reference, ratio: median(samples[0].map((sample, round) => sample / samples[1][round])) };
  }

  async #round({ contestant, ...asked }, count) {
    const before = await contestant.cpu();
    await this.send(contestant, { ...asked, count });
    return (((await contestant.cpu()) - before) * 1_000) / count;
  }

  stop() {
    this.#child.kill();
  }
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** One HTTP request as text. */
export function post(path, headers, body) {
  const lines = Object.entries({ host: '127.0.0.1', ...headers, 'content-length': Buffer.byteLength(body) });
  return `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}
