import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RUN = fileURLToPath(new URL('../test/mesh/testbed/run.sh', import.meta.url));
const INSIDE = fileURLToPath(new URL('./mesh/inside.mjs', import.meta.url));

/**
 * The real service, as a pod has it, on a real API server with 500 routes, each a gateway’s and the mesh’s, two pods behind it, and 5,000
 * EndpointSlices, of which 4,500 have ten endpoints each. No istiod: what is measured ends where the API server has
 * answered. It needs a network of its own, and so root.
 */
export async function run({ short }) {
  if (process.getuid() !== 0)
    throw new Error('bench -- mesh must be root: the cluster has a network of its own');
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
  const file = join(folder, 'rows.json');
  try {
    const args = [process.execPath, '--expose-gc', INSIDE, file, ...(short ? ['--short'] : [])];
    const [status] = await once(spawn(RUN, args, { stdio: 'inherit' }), 'exit');
    if (status !== 0) throw new Error(`the testbed ended with ${status}`);
    return JSON.parse(readFileSync(file, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
