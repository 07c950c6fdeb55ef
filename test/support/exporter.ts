import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

/** A process as Prometheus sees it: counters that a test sets, on a port that stays the same while it is gone. */
export class Exporter {
  #server: Server | undefined;
  #port = 0;
  readonly #counters = new Map<string, number>();

  static async start(): Promise<Exporter> {
    const exporter = new Exporter();
    await exporter.back();
    return exporter;
  }

  get target(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Sets a counter, named with its labels as in the exposition format: `requests_total{version="v1"}`. */
  set(series: string, value: number): void {
    this.#counters.set(series, value);
  }

  add(series: string, value: number): void {
    this.set(series, (this.#counters.get(series) ?? 0) + value);
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
      const lines = [...this.#counters].map(([series, value]) => `${series} ${spelt(value)}\n`);
      response.setHeader('content-type', 'text/plain; version=0.0.4').end(lines.join(''));
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
