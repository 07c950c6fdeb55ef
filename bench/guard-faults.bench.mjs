import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RUN = fileURLToPath(new URL('../test/mesh/testbed/run.sh', import.meta.url));
const LOADER = new URL('../test/support/ts-loader.mjs', import.meta.url).href;
const INSIDE = fileURLToPath(new URL('./guard-faults/inside.mjs', import.meta.url));

/**
 * New versions that begin to fail, and healthy releases, on a real API server, istiod, Envoy and a Prometheus that scrapes every 5 s;
 * guards as shipped. The whole takes about a quarter of an hour. It needs a network of its own, and so root.
 */
export async function run({ short }) {
  if (process.getuid() !== 0)
    throw new Error('bench -- guard-faults must be root: the cluster has a network of its own');
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
  const file = join(folder, 'rows.json');
  try {
    const args = [process.execPath, '--import', LOADER, INSIDE, file, ...(short ? ['--short'] : [])];
    const [status] = await once(spawn(RUN, args, { stdio: 'inherit' }), 'exit');
    if (status !== 0) throw new Error(`the testbed ended with ${status}`);
    return JSON.parse(readFileSync(file, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
