import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../mesh/testbed/eventually.js';
import { Process } from '../mesh/testbed/process.js';
import { freePort } from './free-port.js';
import { Redis } from './redis.js';

const NAME = 'main';
const WITHIN = 60_000;

/** A primary, two replicas, and three sentinels that watch them. */
export class RedisSentinels {
  readonly servers: readonly Redis[];
  readonly #ports: readonly number[];
  readonly #processes: readonly Process[];
  readonly #folder: string;

  private constructor(servers: readonly Redis[], ports: readonly number[], folder: string) {
    this.servers = servers;
    this.#ports = ports;
    this.#folder = folder;
    this.#processes = ports.map((port) => sentinelProcess(port, folder));
  }

  /** `more` are settings of each server. */
  static async start(more: readonly string[] = []): Promise<RedisSentinels> {
    const settings = ['--repl-diskless-sync-delay', '0', ...more];
    const primary = await Redis.start({ settings });
    const follow = ['--replicaof', `127.0.0.1 ${primary.port}`];
    const replicas = await Promise.all([1, 2].map(() => Redis.start({ settings: [...settings, ...follow] })));
    const ports = [await freePort(), await freePort(), await freePort()];
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-sentinels-'));
    for (const port of ports) writeFileSync(join(folder, `${port}.conf`), configOf(port, primary.port));
    const sentinels = new RedisSentinels([primary, ...replicas], ports, folder);
    await Promise.all(sentinels.#processes.map((process) => process.start()));
    await sentinels.#settled();
    return sentinels;
  }

  get url(): string {
    return `redis+sentinel://${this.#ports.map((port) => `127.0.0.1:${port}`).join(',')}/${NAME}`;
  }

  /** The server that the last sentinel names as primary. */
  async primary(): Promise<Redis> {
    const [, port] = (await this.#ask('get-master-addr-by-name')).split('\n');
    return (
      this.servers.find((server) => String(server.port) === port) ??
      Promise.reject(new Error(`no server ${port}`))
    );
  }

  /** Lets the sentinel that is asked first hang; the others go on without it. */
  freezeFirst(): void {
    this.#processes[0]?.freeze();
  }

  thawFirst(): void {
    this.#processes[0]?.thaw();
  }

  /** Has another server promoted though nothing failed; rejects while an earlier failover goes on. */
  async failOver(): Promise<void> {
    const answer = await this.#ask('failover');
    if (answer !== 'OK') throw new Error(answer);
  }

  async stop(): Promise<void> {
    this.thawFirst();
    await Promise.all(this.#processes.map((process) => process.stop()));
    await Promise.all(this.servers.map((server) => server.stop()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Waits until both replicas have all data, and every sentinel knows them and both other sentinels. */
  async #settled(): Promise<void> {
    await eventually(async () => {
      const followers = (await this.servers[0]?.ask('INFO', 'replication')) ?? '';
      if (followers.match(/state=online/g)?.length !== 2)
        throw new Error(`replicas are missing:\n${followers}`);
    }, WITHIN);
    for (const port of this.#ports) {
      await eventually(async () => {
        const known = await this.#ask('master', port);
        if (!/num-slaves\n2\n/.test(known) || !/num-other-sentinels\n2\n/.test(known))
          throw new Error(`sentinels don't know each other:\n${known}`);
      }, WITHIN);
    }
  }

  #ask(what: string, port = this.#ports.at(-1)): Promise<string> {
    return Redis.at(port ?? 0, 'SENTINEL', what, NAME);
  }
}

function configOf(port: number, primary: number): string {
  return [
    `port ${port}`,
    'bind 127.0.0.1',
    `sentinel monitor ${NAME} 127.0.0.1 ${primary} 2`,
    `sentinel down-after-milliseconds ${NAME} 1500`,
    `sentinel failover-timeout ${NAME} 10000`,
    `sentinel parallel-syncs ${NAME} 2`,
    '',
  ].join('\n');
}

function sentinelProcess(port: number, folder: string): Process {
  return new Process({
    name: `sentinel-${port}`,
    command: 'redis-server',
    args: [join(folder, `${port}.conf`), '--sentinel'],
    folder,
    env: {},
    ready: async () => (await Redis.at(port, 'PING').catch(() => '')) === 'PONG',
  });
}
