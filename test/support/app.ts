import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Config, readConfig } from '../../src/config/config.js';
import { type RunningService, startService } from '../../src/service.js';
import { Api } from './api.js';

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
  readonly #config: Config;
  #service: RunningService | undefined;

  private constructor({ settings = {}, token = true }: AppOptions) {
    this.#config = readConfig({
      TIDEGATE_PORT: '0',
      // tests ask more often than any honest client
      TIDEGATE_RATE_API: '0',
      TIDEGATE_RATE_EVALUATION: '0',
      TIDEGATE_RATE_STREAMS: '0',
      TIDEGATE_RATE_FAILURES: '0',
      TIDEGATE_DATA_DIR: this.folder,
      ...(token ? { TIDEGATE_ADMIN_TOKEN: this.token } : {}),
      ...settings,
    });
  }

  static async start(options: AppOptions = {}): Promise<App> {
    const app = new App(options);
    await app.#run();
    return app;
  }

  /** Stops it and starts it again on the same data. */
  async restart(): Promise<void> {
    await this.stopService();
    await this.#run();
  }

  /** Stops it; the data stays. */
  async stopService(): Promise<void> {
    await this.#service?.close();
    this.#service = undefined;
  }

  async #run(): Promise<void> {
    const log = pino({ level: 'info' }, { write: (line: string) => void this.logged.push(line) });
    try {
      this.#service = await startService(this.#config, log, (line) => void this.said.push(line));
      await this.#service.ready;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  get service(): RunningService {
    if (this.#service === undefined) throw new Error('the app does not run');
    return this.#service;
  }

  get url(): string {
    return this.service.url;
  }

  /** The admin API, by the first token unless another is given. */
  api(token: string | null = this.token): Api {
    return new Api(this.url, token);
  }

  async stop(): Promise<void> {
    await this.#service?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
