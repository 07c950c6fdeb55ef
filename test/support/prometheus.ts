import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { httpProbe } from '../mesh/testbed/http.js';
import { Process } from '../mesh/testbed/process.js';
import { freePort } from './free-port.js';

/** A real Prometheus on a free port with a folder of its own; it survives `kill` and goes on after `start`. */
export interface TestPrometheus {
  readonly url: string;
  /** Starts it again on the same port and folder, and waits until it answers. */
  start(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Ends it for good and removes its folder. */
  stop(): Promise<void>;
}

/**
 * Starts Prometheus (Debian's, on PATH) scraping `targets` (`host:port`) every `scrapeSeconds`; with `past`, samples in OpenMetrics'
 * text format that it is to have of the time before.
 */
export async function startPrometheus(
  targets: readonly string[],
  scrapeSeconds = 1,
  past?: string,
): Promise<TestPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-prometheus-'));
  const config = {
    global: { scrape_interval: `${scrapeSeconds}s`, scrape_timeout: `${scrapeSeconds}s` },
    scrape_configs: [{ job_name: 'shop', static_configs: [{ targets }] }],
  };
  const configFile = join(folder, 'prometheus.yml');
  await writeFile(configFile, JSON.stringify(config));
  if (past !== undefined) await backfill(folder, past);
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const process = new Process({
    name: 'prometheus',
    command: 'prometheus',
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
    ],
    folder,
    ready: httpProbe(`${url}/-/ready`),
  });
  await process.start();
  return {
    url,
    start: () => process.start(),
    kill: () => process.kill(),
    stop: async () => {
      await process.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function backfill(folder: string, past: string): Promise<void> {
  const file = join(folder, 'past.txt');
  await writeFile(file, past);
  const args = ['tsdb', 'create-blocks-from', 'openmetrics', file, join(folder, 'data')];
  await promisify(execFile)('promtool', args);
}
