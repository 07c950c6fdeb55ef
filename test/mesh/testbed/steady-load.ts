import { Agent } from 'node:http';
import { type Entry, request } from './traffic.js';

/** What came of one request. */
export interface LoadAnswer {
  /** When it was sent, ms. */
  readonly sent: number;
  /** When the answer was there, ms. */
  readonly answered: number;
  /** Who answered; `none` where nobody did. */
  readonly version: string;
  /** What was wrong, in words; null for an answer with status 200. */
  readonly failure: string | null;
}

/** Where so many requests wait for their answers, no more are sent until one has come. */
const MOST_PENDING = 200;

/** Requests at a steady rate, each of a random bucket, until it is stopped. */
export class SteadyLoad {
  readonly answers: LoadAnswer[] = [];
  readonly #agent = new Agent({ keepAlive: true });
  readonly #pending = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  readonly #begun = performance.now();
  #sent = 0;

  constructor(
    private readonly entry: Entry,
    perSecond: number,
    private readonly route: string,
  ) {
    this.#timer = setInterval(() => {
      // As many as are due, so that a timer that comes late doesn't lower the rate.
      const due = ((performance.now() - this.#begun) / 1_000) * perSecond;
      while (this.#sent < due && this.#pending.size < MOST_PENDING) this.#start();
      // A machine that can't keep up gets fewer requests, not more and more at once.
      this.#sent = Math.max(this.#sent, Math.floor(due));
    }, 5);
  }

  /** What failed so far, in words. */
  get failures(): readonly string[] {
    return this.answers.flatMap(({ failure }) => failure ?? []);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
    this.#agent.destroy();
  }

  #start(): void {
    this.#sent += 1;
    const bucket = String(Math.floor(Math.random() * 10_000)).padStart(4, '0');
    const done = this.#send({ headers: { 'x-tg-b': `${this.route}=${bucket}` } });
    this.#pending.add(done);
    void done.finally(() => this.#pending.delete(done));
  }

  async #send(one: { headers: Record<string, string> }): Promise<void> {
    const sent = performance.now();
    try {
      const { status, headers, body } = await request(this.entry, one, this.#agent);
      const failure = status === 200 ? null : `${status} ${body.slice(0, 100)}`;
      this.#keep({ sent, version: String(headers['x-version'] ?? 'none'), failure });
    } catch (error) {
      this.#keep({ sent, version: 'none', failure: String(error) });
    }
  }

  #keep(answer: Omit<LoadAnswer, 'answered'>): void {
    this.answers.push({ ...answer, answered: performance.now() });
  }
}
