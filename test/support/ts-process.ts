import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A second process that runs a TypeScript file of the repository. */
export class TsProcess {
  readonly child: ChildProcess;
  #output = '';
  #errors = '';

  /** `file` from the root of the repository; `under`: a command that runs the one that follows it. */
  constructor(file: string, args: readonly string[], under: readonly string[] = []) {
    const command = [process.execPath, '--import', './test/support/ts-loader.mjs', file, ...args];
    const [program = '', ...rest] = [...under, ...command];
    this.child = spawn(program, rest, {
      cwd: ROOT,
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
  }

  /** Lines that it has printed so far, the last one only when it is whole. */
  get lines(): string[] {
    return this.#output.split('\n').slice(0, -1);
  }

  /** What it printed, as JSON, once it has ended well; throws what it said otherwise. */
  async result<T>(): Promise<T> {
    const code = await this.ended();
    if (code !== 0) throw new Error(`ended with ${code}:\n${this.#errors}`);
    return JSON.parse(this.lines.at(-1) ?? 'null') as T;
  }

  /** Its exit code, or null when a signal ended it. */
  ended(): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null)
      return Promise.resolve(this.child.exitCode);
    return new Promise((resolve) => this.child.once('close', (code) => resolve(code)));
  }
}
