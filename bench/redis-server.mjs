import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** A real redis-server on a free port with an append-only file, flushed once a second; `stop` removes it. */
export async function startRedis() {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
  const port = await freePort();
  const settings = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec', '--bind', '127.0.0.1'];
  const server = spawn('redis-server', [...settings, '--port', String(port), '--dir', folder], {
    stdio: 'ignore',
  });
  const client = new Redis({ port, lazyConnect: true, retryStrategy: () => 50 });
  client.on('error', () => undefined);
  for (let answer = ''; answer !== 'PONG';) answer = await client.ping().catch(() => sleep(50));
  const stop = async () => {
    client.disconnect();
    server.kill('SIGKILL');
    await sleep(100);
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: `redis://127.0.0.1:${port}`, client, stop };
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
