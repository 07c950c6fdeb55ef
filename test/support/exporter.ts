import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

/** A process as Prometheus sees it: counters that a test sets, on a port that stays the same while it is gone. */
export class Exporter {
  #server: Server | undefined;
  #port = 0;
  readonly #counters = new Map<string, { readonly value: number; readonly at: number | undefined }>();
  /** How long it takes over an answer, ms. */
  delay = 0;

  static async start(): Promise<Exporter> {
    const exporter = new Exporter();
    await exporter.back();
    return exporter;
  }

  get target(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /**
   * Sets a counter, named with its labels as in the exposition format: `requests_total{version="v1"}`; with `at` (epoch ms) it says
   * of which moment that is.
   */
  set(series: string, value: number, at?: number): void {
    this.#counters.set(series, { value, at });
  }

  add(series: string, value: number, at?: number): void {
    this.set(series, (this.#counters.get(series)?.value ?? 0) + value, at);
  }

  remove(series: string): void {
    this.#counters.delete(series);
  }

  /** Nothing listens any more. */
  async gone(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  async back(): Promise<void> {
    const server = createServer((_, response) => {
      const lines = [...this.#counters].map(
        ([series, { value, at }]) => `${series} ${spelt(value)}${at === undefined ? '' : ` ${at}`}\n`,
      );
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      if (this.delay === 0) response.end(lines.join(''));
      else setTimeout(() => response.end(lines.join('')), this.delay);
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address !== 'string') this.#port = address.port;
    this.#server = server;
  }
}

function spelt(value: number): string {
  return Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}
