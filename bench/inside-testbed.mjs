import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RUN = fileURLToPath(new URL('../test/mesh/testbed/run.sh', import.meta.url));

/**
 * The rows that a program writes which runs inside the testbed's network: `program <file> [--short]`, a URL, by Node with some
 * `options`. That network is one of its own, and only root may make one.
 */
export async function rowsInside(program, { options, short }) {
  if (process.getuid() !== 0)
    throw new Error('this suite must be root: the cluster has a network of its own');
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
  const file = join(folder, 'rows.json');
  try {
    const args = [process.execPath, ...options, fileURLToPath(program), file, ...(short ? ['--short'] : [])];
    const [status] = await once(spawn(RUN, args, { stdio: 'inherit' }), 'exit');
    if (status !== 0) throw new Error(`the testbed ended with ${status}`);
    return JSON.parse(readFileSync(file, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
