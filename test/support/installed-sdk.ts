import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { transform } from '@swc/core';

const SOURCE = path.resolve('client-sdk/src');

/** How a program ended. */
interface Ended {
  /** What it printed, line by line. */
  readonly lines: readonly string[];
  /** What it complained of: warnings and stacks. */
  readonly complaints: string;
  /** Null where a signal ended it: it did not end by itself in time. */
  readonly code: number | null;
}

interface RunOptions {
  /** Milliseconds until it is killed. */
  readonly deadline?: number;
  /** Of Node. */
  readonly flags?: readonly string[];
  /** Besides what this process has. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The SDK as it is once installed, plain modules in a folder of their own, and programs that use it. */
export class InstalledSdk {
  private constructor(readonly folder: string) {}

  static async install(): Promise<InstalledSdk> {
    const folder = await mkdtemp(path.join(tmpdir(), 'tidegate-sdk-'));
    await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
    for (const name of await readdir(SOURCE, { recursive: true })) {
      if (!name.endsWith('.ts') || name.endsWith('.spec.ts')) continue;
      const { code } = await transform(await readFile(path.join(SOURCE, name), 'utf8'), {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
      });
      const out = path.join(folder, name.replace(/\.ts$/, '.js'));
      await mkdir(path.dirname(out), { recursive: true });
      await writeFile(out, code);
    }
    return new InstalledSdk(folder);
  }

  /** The JavaScript files of it. */
  async files(): Promise<string[]> {
    return (await readdir(this.folder, { recursive: true })).filter((name) => name.endsWith('.js'));
  }

  /**
   * Runs a program beside the SDK, `import { createClient } from './client/index.js'` done, until it ends, or for
   * `deadline` ms. It prints UNHANDLED for each promise that nobody looks after.
   */
  async run(body: string, { deadline = 20_000, flags = [], env = {} }: RunOptions = {}): Promise<Ended> {
    const script = path.join(this.folder, `run-${Math.random().toString(36).slice(2)}.mjs`);
    await writeFile(
      script,
      `process.on('unhandledRejection', (error) => console.log('UNHANDLED ' + error));
       const { createClient } = await import('./client/index.js');
       ${body}`,
    );
    const child = spawn(process.execPath, [...flags, script], {
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      timeout: deadline,
      killSignal: 'SIGKILL',
    });
    return ended(child);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}

function ended(child: ChildProcess): Promise<Ended> {
  let output = '';
  let complaints = '';
  child.stdout?.on('data', (chunk) => (output += String(chunk)));
  child.stderr?.on('data', (chunk) => (complaints += String(chunk)));
  return new Promise((resolve) => {
    child.once('close', (code) => {
      const lines = output.split('\n').filter((line) => line !== '');
      resolve({ lines, complaints, code });
    });
  });
}
