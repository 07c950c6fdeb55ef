import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../mesh/testbed/eventually.js';
import { freePort } from '../support/free-port.js';

/** Plays the demo as `npm start` does, and gives what it printed. */
async function play(...options: string[]): Promise<readonly string[]> {
  const env = { ...process.env, NODE_OPTIONS: '', TIDEGATE_PORT: String(await freePort()) };
  const child = spawn(process.execPath, ['dist/demo/main.js', '--once', ...options], { env });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise((resolve) => {
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`the demo ended with ${String(code)}:\n${text}`);
  return text.split('\n');
}

/** The one line that holds all of `parts`; fails with the whole transcript where there is none. */
function line(lines: readonly string[], ...parts: readonly string[]): string {
  const found = lines.filter((text) => parts.every((part) => text.includes(part)));
  if (found.length === 0) throw new Error(`no line with ${parts.join(' + ')} in:\n${lines.join('\n')}`);
  return found[0] as string;
}

/** How many of a kind had the flag on, and how many were served by v2. */
function share(
  text: string,
  kind: string,
): { readonly flag: number; readonly v2: number; readonly of: number } {
  const match = new RegExp(`${kind}s flag on (\\d+)/(\\d+), v2 (\\d+)/`).exec(text);
  if (match === null) throw new Error(`no share of ${kind}s in: ${text}`);
  return { flag: Number(match[1]), of: Number(match[2]), v2: Number(match[3]) };
}

/** Starts the demo, and ends it by `end` once it has said where its folder is; gives that and the service's port. */
async function endEarly(
  end: (child: ChildProcessWithoutNullStreams) => void,
): Promise<{ readonly port: number; readonly folder: string }> {
  const port = await freePort();
  const env = { ...process.env, NODE_OPTIONS: '', TIDEGATE_PORT: String(port) };
  const child = spawn(process.execPath, ['dist/demo/main.js', '--once'], { env });
  let text = '';
  const folder = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the demo ended with ${String(code)}:\n${text}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /routes +(\S+)\/mesh/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  child.stderr.resume();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  end(child);
  await ended;
  return { port, folder };
}

async function isServed(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/healthz`).then(
    () => true,
    () => false,
  );
}

describe('the demo', () => {
  it.concurrent.each<[string, (child: ChildProcessWithoutNullStreams) => void]>([
    ['nobody reads what it prints any more', (child) => child.stdout.destroy()],
    ['its terminal is closed', (child) => child.kill('SIGHUP')],
  ])(
    'leaves neither process nor folder where %s',
    async (_, end) => {
      const { port, folder } = await endEarly(end);
      expect(await isServed(port)).toBe(false);
      expect(existsSync(folder)).toBe(false);
    },
    120_000,
  );

  it.concurrent(
    'leaves no service behind where it is killed',
    async () => {
      const { port, folder } = await endEarly((child) => child.kill('SIGKILL'));
      await eventually(async () => expect(await isServed(port)).toBe(false), 30_000);
      rmSync(folder, { recursive: true, force: true });
    },
    120_000,
  );

  it.concurrent(
    'closes the gate by itself when v2 fails, and completes after the mending',
    async () => {
      const lines = await play();
      expect(share(line(lines, 'before the rollout'), 'employee')).toEqual({ flag: 0, v2: 0, of: 10 });
      const first = line(lines, 'employees first');
      expect(share(first, 'employee')).toEqual({ flag: 10, v2: 10, of: 10 });
      expect(share(first, 'customer')).toMatchObject({ flag: 0, v2: 0 });
      expect(share(first, 'liar')).toEqual({ flag: 0, v2: 0, of: 2 });
      expect(
        lines.filter((text) => text.includes(' ofrep ') && text.endsWith('new-checkout is false')),
      ).toHaveLength(4);
      const fifth = share(line(lines, 'at 20 %'), 'customer');
      expect(fifth.flag).toBeGreaterThan(share(line(lines, 'at 5 %'), 'customer').flag);
      expect(fifth.v2).toBe(fifth.flag);
      line(lines, 'history', 'guard:checkout-errors: trip', 'flag/new-checkout', 'route/checkout');
      line(lines, 'webhook', 'signature is right');
      const after = line(lines, 'after the trip');
      expect(share(after, 'employee')).toEqual({ flag: 0, v2: 0, of: 10 });
      expect(share(after, 'customer')).toMatchObject({ flag: 0, v2: 0 });
      const done = line(lines, 'completed: ');
      expect(share(done, 'customer')).toEqual({ flag: 188, v2: 188, of: 188 });
      expect(done).toContain('disagree for 0');
    },
    240_000,
  );

  it.concurrent(
    'promotes to everybody when nothing goes wrong',
    async () => {
      const lines = await play('--healthy');
      expect(lines.some((text) => text.includes('trip'))).toBe(false);
      line(lines, 'history', 'rollout:new-checkout: complete');
      expect(share(line(lines, 'completed: '), 'customer')).toEqual({ flag: 188, v2: 188, of: 188 });
    },
    240_000,
  );
});
