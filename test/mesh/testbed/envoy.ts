import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binaries } from './binaries.js';
import { envoyBootstrap, type ProxyIdentity } from './envoy-bootstrap.js';
import { http, httpProbe } from './http.js';
import { Process } from './process.js';

/** A real Envoy that takes its configuration from istiod. */
export class Envoy {
  readonly process: Process;

  constructor(
    folder: string,
    readonly identity: ProxyIdentity,
  ) {
    const configFile = join(folder, `${identity.name}.envoy.json`);
    writeFileSync(configFile, JSON.stringify(envoyBootstrap(identity)));
    this.process = new Process({
      name: `envoy-${identity.name}`,
      command: binaries.envoy,
      args: [
        '--config-path',
        configFile,
        '--concurrency',
        '1',
        '--log-level',
        'warning',
        // Hot restart claims a machine-wide id, which two testbeds at once would fight for.
        '--disable-hot-restart',
      ],
      folder,
      ready: httpProbe(`${this.adminUrl}/ready`),
    });
  }

  get adminUrl(): string {
    return `http://127.0.0.1:${this.identity.adminPort}`;
  }

  /** `host:port`, as Prometheus wants its targets. */
  get metricsTarget(): string {
    return `127.0.0.1:${this.identity.adminPort}`;
  }

  /** Asks the admin interface, e.g. `/clusters` or `/config_dump`. */
  async admin(path: string): Promise<string> {
    return (await http({ host: '127.0.0.1', port: this.identity.adminPort, path })).body;
  }
}
