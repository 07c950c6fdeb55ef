import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';

/** A running service: where it answers, its admin token, and how to stop it. */
export interface Service {
  readonly url: string;
  readonly token: string;
  /** Resolves when it has ended. */
  stop(): Promise<void>;
}

/** Starts the real service as a process of its own, on the embedded store and the files mesh in `folder`. */
export async function startService(folder: string, env: Readonly<Record<string, string>>): Promise<Service> {
  const port = process.env['TIDEGATE_PORT'] ?? String(await freePort(8080));
  const token = process.env['TIDEGATE_ADMIN_TOKEN'] ?? `tg_admin_${randomBytes(24).toString('base64url')}`;
  const child = spawn(process.execPath, [new URL('../src/main.js', import.meta.url).pathname], {
    env: {
      ...process.env,
      TIDEGATE_DATA_DIR: `${folder}/store`,
      TIDEGATE_MESH_DIR: `${folder}/mesh`,
      TIDEGATE_PORT: port,
      TIDEGATE_ADMIN_TOKEN: token,
      TIDEGATE_LOG_LEVEL: process.env['TIDEGATE_LOG_LEVEL'] ?? 'silent',
      ...env,
    },
    // By the channel it learns that this process is gone, however that ended.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const url = `http://127.0.0.1:${port}`;
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', (code) => reject(new Error(`the service ended with ${code}`)));
  });
  ended.catch(() => undefined);
  await Promise.race([untilReady(url), ended]);
  return { url, token, stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(late);
}

async function untilReady(url: string): Promise<void> {
  for (;;) {
    const ready = await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** `wanted` where it is free, else any. */
function freePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', () => (wanted === 0 ? reject(new Error('no free port')) : resolve(freePort(0))));
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : wanted));
    });
  });
}
