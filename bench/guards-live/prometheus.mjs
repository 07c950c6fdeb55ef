import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../servers/contestant.mjs';

/** A real Prometheus, in a folder of its own, that scrapes `targets` (`host:port`) every `seconds`; on a free port unless given. */
export class Prometheus {
  #child;
  #folder;

  static async start(targets, seconds, port) {
    const prometheus = new Prometheus();
    await prometheus.#start({ targets, seconds, port: port ?? (await freePort()) });
    return prometheus;
  }

  /** Queries that it has answered since it began. */
  async queries() {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const counts = [...text.matchAll(/^prometheus_http_requests_total\{.*"\/api\/v1\/query"\} (\S+)$/gm)];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** Waits until it has a sample of this; its first scrapes come seconds after it is ready. */
  async untilScraped(selector) {
    const url = `${this.url}/api/v1/query?query=${encodeURIComponent(selector)}`;
    const end = Date.now() + 60_000;
    for (;;) {
      const { data } = await (await fetch(url)).json();
      if (data.result.length > 0) return;
      if (Date.now() > end) throw new Error(`Prometheus has no ${selector}`);
      await sleep(50);
    }
  }

  async stop() {
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'exit');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start({ targets, seconds, port }) {
    this.#folder = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
    const file = join(this.#folder, 'prometheus.yml');
    const config = {
      global: { scrape_interval: `${seconds}s`, scrape_timeout: `${seconds}s` },
      scrape_configs: [{ job_name: 'shop', static_configs: [{ targets }] }],
    };
    writeFileSync(file, JSON.stringify(config));
    const address = `127.0.0.1:${port}`;
    this.url = `http://${address}`;
    const args = [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(this.#folder, 'data')}`,
      `--web.listen-address=${address}`,
    ];
    this.#child = spawn('prometheus', args, { stdio: 'ignore' });
    const end = Date.now() + 60_000;
    for (;;) {
      const isReady = await fetch(`${this.url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) return;
      if (this.#child.exitCode !== null || Date.now() > end) throw new Error('Prometheus does not start');
      await sleep(50);
    }
  }
}
