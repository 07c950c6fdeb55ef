import { once } from 'node:events';
import { createServer } from 'node:http';

const VERSIONS = { v1: 0.95, v2: 0.05 };
/** Requests a second to one service, and the bad ones among them. */
const RATE = 100;
const BAD = 0.01;

/** The label by which a gateway's Envoy tells the versions of a service apart. */
export const clusterOf = (service, version) => `outbound|80|tg-${version}|${service}`;

/**
 * What a gateway's Envoy tells of its upstreams: the requests of each service by version and class, at 100 a second, 5 % of them to
 * the new version, 1 % of either bad. Nobody sends them: the counters run with time.
 */
export class Gateway {
  #server;
  #began = performance.now();
  #services;

  static async open(services) {
    const gateway = new Gateway();
    gateway.#services = services;
    gateway.#server = createServer((_, response) => response.end(gateway.#metrics()));
    gateway.#server.listen(0, '127.0.0.1');
    await once(gateway.#server, 'listening');
    return gateway;
  }

  get target() {
    return `127.0.0.1:${this.#server.address().port}`;
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #metrics() {
    const seconds = (performance.now() - this.#began) / 1_000;
    const lines = this.#services.flatMap((service) =>
      Object.entries(VERSIONS).flatMap(([version, share]) => {
        const total = Math.floor(seconds * RATE * share);
        const bad = Math.floor(total * BAD);
        const name = `envoy_cluster_upstream_rq{cluster_name="${clusterOf(service, version)}"`;
        return [
          `${name},response_code_class="2xx"} ${total - bad}\n`,
          `${name},response_code_class="5xx"} ${bad}\n`,
        ];
      }),
    );
    return `# TYPE envoy_cluster_upstream_rq counter\n${lines.join('')}`;
  }
}
