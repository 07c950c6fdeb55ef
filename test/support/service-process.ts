import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Config } from '../../src/config/config.js';
import { httpProbe } from '../mesh/testbed/http.js';
import { Process } from '../mesh/testbed/process.js';
import { AdminClient } from './admin-client.js';
import { freePort } from './free-port.js';

export type Settings = { readonly [name in keyof Config]?: string };

export interface ServiceOptions {
  readonly settings?: Settings;
  /** Other environment variables, such as the secrets of webhooks. */
  readonly env?: { readonly [name: string]: string };
  /** The path that must answer 200 before `start` resolves; default `/readyz`. */
  readonly probe?: '/readyz' | '/healthz';
}

/** One line of the service's log. */
export interface LogLine {
  readonly level: number;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

/** Secret of the first admin token of every service that a test starts without another. */
const ADMIN_TOKEN = `admin-${randomBytes(16).toString('hex')}`;

/** The real service, `node dist/src/main.js`, as a process of its own that can be stopped, killed, frozen and woken. */
export class ServiceProcess {
  readonly admin: AdminClient;

  private constructor(
    readonly url: string,
    /** Holds its data, its mesh files and its log; removed by `stop`. */
    readonly folder: string,
    readonly process: Process,
    token: string,
  ) {
    this.admin = new AdminClient(url, token);
  }

  /** Starts it on a free port and an embedded store in a folder of its own, unless the settings say otherwise. */
  static async start({
    settings = {},
    env = {},
    probe = '/readyz',
  }: ServiceOptions = {}): Promise<ServiceProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-service-'));
    const port = settings.TIDEGATE_PORT ?? String(await freePort());
    const token = settings.TIDEGATE_ADMIN_TOKEN ?? ADMIN_TOKEN;
    const url = `http://127.0.0.1:${port}`;
    const process = new Process({
      name: 'tidegate',
      command: globalThis.process.execPath,
      args: [resolve('dist/src/main.js')],
      folder,
      env: {
        ...withoutOurs(),
        NODE_OPTIONS: '',
        TIDEGATE_DATA_DIR: join(folder, 'data'),
        TIDEGATE_DRAIN_SECONDS: '1',
        ...settings,
        ...env,
        TIDEGATE_PORT: port,
        TIDEGATE_ADMIN_TOKEN: token,
      },
      ready: httpProbe(url + probe),
    });
    const service = new ServiceProcess(url, folder, process, token);
    try {
      await process.start();
    } catch (error) {
      await service.stop();
      throw error;
    }
    return service;
  }

  /** The folder that the files mesh writes to, unless a setting names another. */
  get meshFolder(): string {
    return join(this.folder, 'data', 'mesh');
  }

  /** All that it has logged so far. */
  log(): readonly LogLine[] {
    const lines = readFileSync(this.process.logFile, 'utf8').split('\n');
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);
  }

  /** Status of a GET that needs no token; 0 when nothing answers. */
  async status(path: '/readyz' | '/healthz'): Promise<number> {
    return fetch(this.url + path, { signal: AbortSignal.timeout(5_000) }).then(
      ({ status }) => status,
      () => 0,
    );
  }

  /** Ends it gracefully (by force after a grace time) and removes its folder. */
  async stop(): Promise<void> {
    this.process.thaw();
    await this.process.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Settings of whatever runs the tests are none of the service's: it would refuse those that it doesn't know. */
function withoutOurs(): Record<string, string> {
  const names = Object.keys(globalThis.process.env).filter((name) => name.startsWith('TIDEGATE_'));
  return Object.fromEntries(names.map((name) => [name, '']));
}
