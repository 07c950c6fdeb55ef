import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Config, readConfig } from '../../src/config/config.js';
import { type RunningService, startService } from '../../src/service.js';
import { AdminClient } from './admin-client.js';

export interface AppOptions {
  readonly settings?: { readonly [name in keyof Config]?: string };
  /** False: no first token is configured, so the service makes one and says it. */
  readonly token?: boolean;
}

/** The whole service in this process, on a free port, and on an embedded store in a folder of its own unless settings say otherwise. */
export class App {
  /** What it said to the person who started it. */
  readonly said: string[] = [];
  /** What it logged, one JSON object a line. */
  readonly logged: string[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), 'tidegate-app-'));
  readonly token = `admin-${randomBytes(16).toString('hex')}`;
  #service: RunningService | undefined;

  static async start({ settings = {}, token = true }: AppOptions = {}): Promise<App> {
    const app = new App();
    const config = readConfig({
      TIDEGATE_PORT: '0',
      TIDEGATE_DATA_DIR: app.folder,
      ...(token ? { TIDEGATE_ADMIN_TOKEN: app.token } : {}),
      ...settings,
    });
    const log = pino({ level: 'info' }, { write: (line: string) => void app.logged.push(line) });
    try {
      app.#service = await startService(config, log, (line) => void app.said.push(line));
      await app.#service.ready;
    } catch (error) {
      await app.stop();
      throw error;
    }
    return app;
  }

  get service(): RunningService {
    if (this.#service === undefined) throw new Error('the app does not run');
    return this.#service;
  }

  get url(): string {
    return this.service.url;
  }

  /** An admin's client, by the first token unless another is given. */
  admin(token = this.token): AdminClient {
    return new AdminClient(this.url, token);
  }

  async stop(): Promise<void> {
    await this.#service?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
