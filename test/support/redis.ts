import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';

export interface RedisOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** More of the server's settings: `['--maxmemory-policy', 'allkeys-lru']`. */
  readonly settings?: readonly string[];
  /** Other environment variables of the server. */
  readonly env?: { readonly [name: string]: string };
}

/** A real redis-server on a free port, with its data in a folder of its own. */
export class Redis {
  readonly port: number;
  readonly #folder: string;
  readonly #settings: readonly string[];
  readonly #env: { readonly [name: string]: string };
  #process: ChildProcess | null = null;

  private constructor(port: number, folder: string, { settings = [], env = {} }: RedisOptions) {
    this.port = port;
    this.#folder = folder;
    this.#settings = settings;
    this.#env = env;
  }

  /** Starts one with an append-only file that is flushed on each write. */
  static async start(options: RedisOptions = {}): Promise<Redis> {
    const server = await Redis.prepare(options);
    await server.run();
    return server;
  }

  /** One that has its port and folder, but doesn't run yet. */
  static async prepare(options: RedisOptions = {}): Promise<Redis> {
    const folder = await mkdtemp(join(tmpdir(), 'tidegate-redis-'));
    return new Redis(options.port ?? (await freePort()), folder, options);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Runs the server on the data in its folder; resolves when it answers. */
  async run(): Promise<void> {
    const usual = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder];
    const child = spawn('redis-server', [...usual, ...this.#settings, ...place], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.#env },
    });
    this.#process = child;
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const failed = new Promise<never>((_, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          error.code === 'ENOENT'
            ? new Error('redis-server is missing; install it: apt-get install -y redis-server')
            : error,
        ),
      );
      child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}:\n${output}`)));
    });
    failed.catch(() => undefined);
    await Promise.race([this.#answers(), failed]);
  }

  /** Ends the process at once, as a crash would. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Kills it and runs it again; with `empty` on no data at all. */
  async restart({ empty = false } = {}): Promise<void> {
    await this.kill();
    if (empty) await this.wipe();
    await this.run();
  }

  /** Removes all data of a server that doesn't run. */
  async wipe(): Promise<void> {
    await rm(join(this.#folder, 'appendonlydir'), { recursive: true, force: true });
    await rm(join(this.#folder, 'dump.rdb'), { force: true });
  }

  /** Keeps a copy of its data as they are now, in place of an earlier one. */
  async backUp(): Promise<void> {
    await rm(join(this.#folder, 'backup'), { recursive: true, force: true });
    await cp(join(this.#folder, 'appendonlydir'), join(this.#folder, 'backup'), { recursive: true });
  }

  /** Kills it and runs it again on the copy that was kept. */
  async restore(): Promise<void> {
    await this.kill();
    await this.wipe();
    await cp(join(this.#folder, 'backup'), join(this.#folder, 'appendonlydir'), { recursive: true });
    await this.run();
  }

  /** Bytes in its append-only file by now. */
  async written(): Promise<number> {
    return (await stat(await this.#file())).size;
  }

  /** Cuts the append-only file of a server that doesn't run off at so many bytes, as the power going would. */
  async tear(at: number): Promise<void> {
    await truncate(await this.#file(), at);
  }

  /** Runs one command with redis-cli. */
  ask(...command: readonly string[]): Promise<string> {
    return Redis.at(this.port, ...command);
  }

  /** Runs one command with redis-cli on whatever listens at a port of this machine. */
  static async at(port: number, ...command: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('redis-cli', ['-p', String(port), ...command]);
    return stdout.trim();
  }

  /** Lets the process hang, as a machine that swaps would. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Ends the process and removes its folder. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #file(): Promise<string> {
    const folder = join(this.#folder, 'appendonlydir');
    const name =
      (await readdir(folder))
        .filter((file) => file.endsWith('.incr.aof'))
        .toSorted()
        .at(-1) ?? '';
    return join(folder, name);
  }

  async #answers(): Promise<void> {
    const end = Date.now() + 30_000;
    while (!(await ping(this.port))) {
      if (Date.now() > end) throw new Error(`redis-server doesn't answer on port ${this.port}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('data', (chunk) => {
      resolve(chunk.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
  });
}
