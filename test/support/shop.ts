import { Agent, createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const SERVICE = 'checkout.shop.svc.cluster.local';

/** One version of a service: answers its name, and counts its answers as a client's Envoy would. */
class Version {
  readonly server: Server;
  /** Share of the answers that are 500, 0 to 1; spread evenly. */
  failing = 0;
  readonly #answers = new Map<string, number>();
  #debt = 0;

  constructor(private readonly name: string) {
    this.server = createServer(({ url }, response) => {
      if (url === '/metrics') response.end(this.#metrics());
      else this.#answer(response);
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  #answer(response: ServerResponse): void {
    this.#debt += this.failing;
    const status = this.#debt >= 1 ? 500 : 200;
    if (status === 500) this.#debt -= 1;
    this.#answers.set(String(status), (this.#answers.get(String(status)) ?? 0) + 1);
    response.writeHead(status, { 'x-version': this.name }).end();
  }

  /** As Envoy does, a series is born with its first answer, and each answer counts by code and by class. */
  #metrics(): string {
    const lines = [...this.#answers].flatMap(([code, count]) => [
      this.#series('response_code', code, count),
      this.#series('response_code_class', `${code[0]}xx`, count),
    ]);
    return `# TYPE envoy_cluster_upstream_rq counter\n${lines.join('')}`;
  }

  #series(label: string, value: string, count: number): string {
    const cluster = `outbound|80|tg-${this.name}|${SERVICE}`;
    return `envoy_cluster_upstream_rq{cluster_name="${cluster}",${label}="${value}"} ${count}\n`;
  }
}

/** The service that the story is about, in two versions: real HTTP servers with metrics to be scraped. */
export class Shop {
  readonly service = SERVICE;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #versions = new Map(['v1', 'v2'].map((name) => [name, new Version(name)]));

  static async open(): Promise<Shop> {
    const shop = new Shop();
    await Promise.all([...shop.#versions.values()].map(({ server }) => listen(server)));
    return shop;
  }

  /** What Prometheus is to scrape, `host:port` each. */
  get targets(): readonly string[] {
    return [...this.#versions.values()].map(({ port }) => `127.0.0.1:${port}`);
  }

  /** From now on a version answers 500 to this share of its requests; 0 mends it. */
  fail(version: string, share: number): void {
    this.#version(version).failing = share;
  }

  /** One request to a version; its status. */
  visit(version: string): Promise<number> {
    const { port } = this.#version(version);
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path: '/', agent: this.#agent }, (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode ?? 0));
      });
      sent.once('error', reject);
      sent.end();
    });
  }

  close(): void {
    this.#agent.destroy();
    for (const { server } of this.#versions.values()) {
      server.close();
      server.closeAllConnections();
    }
  }

  #version(name: string): Version {
    const version = this.#versions.get(name);
    if (version === undefined) throw new Error(`the shop has no version ${name}`);
    return version;
  }
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}
