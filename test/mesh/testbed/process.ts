import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What to run and how to tell that it is ready. */
export interface Program {
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  /** Working folder; the log is written here too. */
  folder: string;
  ready?: () => Promise<boolean>;
  readyWithinMs?: number;
}

const logTail = 2_000;

/** A child process that can be started, stopped, frozen and started again. */
export class Process {
  readonly logFile: string;
  #child: ChildProcess | undefined;

  constructor(private readonly program: Program) {
    this.logFile = join(program.folder, `${program.name}.log`);
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts the program and resolves once its probe succeeds; rejects with the end of its log. */
  async start(): Promise<void> {
    if (this.running) throw new Error(`${this.program.name} is already running`);
    this.#child = this.#spawn();
    await this.#untilReady();
  }

  /** Asks the program to end, and ends it by force when it has not after the grace time. */
  async stop(graceMs = 5_000): Promise<void> {
    const child = this.#child;
    if (!child || !this.running) return;
    const exited = once(child, 'exit');
    this.signal(graceMs > 0 ? 'SIGTERM' : 'SIGKILL');
    const force = setTimeout(() => this.signal('SIGKILL'), graceMs);
    await exited;
    clearTimeout(force);
  }

  /** Ends the program at once. */
  async kill(): Promise<void> {
    await this.stop(0);
  }

  /** Stops the program's clock without closing its connections: a hang, not a crash. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  /** Signals the program together with whatever it has started. */
  signal(signal: NodeJS.Signals): void {
    if (!this.running || this.#child?.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Calls back when the program ends, whoever ended it. */
  onExit(listener: () => void): void {
    this.#child?.once('exit', listener);
  }

  #spawn(): ChildProcess {
    const { command, args, env, folder } = this.program;
    const log = openSync(this.logFile, 'a');
    // A crashed test process runs no exit handler; the kernel's parent-death signal needs none.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    return child;
  }

  async #untilReady(): Promise<void> {
    const { name, ready, readyWithinMs = 30_000 } = this.program;
    if (!ready) return;
    const deadline = Date.now() + readyWithinMs;
    while (!(await ready().catch(() => false))) {
      if (!this.running) throw new Error(`${name} ended before it was ready:\n${this.logTail()}`);
      if (Date.now() > deadline) throw new Error(`${name} was not ready in time:\n${this.logTail()}`);
      await sleep(50);
    }
  }

  /** The last lines of the log, for a failure message. */
  logTail(): string {
    return readFileSync(this.logFile, 'utf8').slice(-logTail);
  }
}
