import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binaries } from './binaries.js';
import { eventually } from './eventually.js';
import { http, httpProbe } from './http.js';
import { Process } from './process.js';

const port = 9090;
const scrapeSeconds = 5;

export interface ScrapeJob {
  name: string;
  target: string;
  path: string;
}

/** One time series as stored, oldest sample first. */
export interface Series {
  labels: Record<string, string>;
  samples: { time: number; value: number }[];
}

/** The real Prometheus, scraping the proxies. */
export class Prometheus {
  readonly process: Process;
  readonly url = `http://127.0.0.1:${port}`;
  readonly scrapeMs = scrapeSeconds * 1000;

  constructor(folder: string, jobs: ScrapeJob[]) {
    const configFile = join(folder, 'prometheus.yml');
    writeFileSync(configFile, JSON.stringify(config(jobs)));
    this.process = new Process({
      name: 'prometheus',
      command: binaries.prometheus,
      args: [
        `--config.file=${configFile}`,
        `--storage.tsdb.path=${join(folder, 'prometheus')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      folder,
      ready: httpProbe(`${this.url}/-/ready`),
    });
  }

  /** The raw samples behind a selector over the last seconds: what was scraped, at the times it was scraped. */
  async samples(selector: string, seconds = 60): Promise<Series[]> {
    const result = await this.#query<{ metric: Record<string, string>; values: [number, string][] }>(
      `${selector}[${seconds}s]`,
    );
    return result.map(({ metric, values }) => ({
      labels: metric,
      samples: values.map(([time, value]) => ({ time, value: Number(value) })),
    }));
  }

  /** The value of each series of an expression now. */
  async values(expression: string): Promise<{ labels: Record<string, string>; value: number }[]> {
    const result = await this.#query<{ metric: Record<string, string>; value: [number, string] }>(expression);
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** Waits until everything that has happened up to now has been scraped. */
  async nextScrape(): Promise<void> {
    const now = Date.now() / 1000;
    await eventually(async () => {
      const scraped = await this.values('timestamp(up)');
      if (!scraped.every(({ value }) => value > now)) throw new Error('a target has not been scraped since');
    }, 3 * this.scrapeMs);
  }

  async #query<T>(expression: string): Promise<T[]> {
    const path = `/api/v1/query?query=${encodeURIComponent(expression)}`;
    const { status, body } = await http({ host: '127.0.0.1', port, path });
    if (status !== 200) throw new Error(`${expression}: ${status} ${body}`);
    return (JSON.parse(body) as { data: { result: T[] } }).data.result;
  }
}

function config(jobs: ScrapeJob[]): unknown {
  return {
    global: { scrape_interval: `${scrapeSeconds}s`, scrape_timeout: '2s' },
    scrape_configs: jobs.map(({ name, target, path }) => ({
      job_name: name,
      metrics_path: path,
      static_configs: [{ targets: [target] }],
    })),
  };
}
