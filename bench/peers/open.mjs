import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** The SDKs of others over the same flags, as `{ name, evaluate(key, context) → value, close() }`; installed when missing. */
export async function openPeers(flags, segments) {
  if (!existsSync(`${HERE}node_modules/.package-lock.json`)) install();
  const peers = await import('./adapters.mjs');
  const opened = [];
  for (const [name, open] of Object.entries(peers)) {
    const evaluate = await open(flags, segments);
    opened.push({ name, evaluate, close: evaluate.close ?? (() => undefined) });
  }
  return opened;
}

/** Exactly as locked, without scripts. */
function install() {
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  if (spawnSync('npm', args, { cwd: HERE, stdio: 'inherit' }).status !== 0) {
    throw new Error('the peers could not be installed; with --short the suite runs without them');
  }
}
