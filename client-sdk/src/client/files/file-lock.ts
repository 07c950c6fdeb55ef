import { open, stat, unlink } from 'node:fs/promises';

/** Milliseconds after which a lock counts as left behind by a process that died. */
const ABANDONED = 10_000;
/** Milliseconds between two attempts to take it. */
const PAUSE = 20;
/** Attempts before giving up, which is told. */
const ATTEMPTS = 250;

/**
 * Runs `act` while no other process does so under the same lock, a file that stands only meanwhile. Throws where the
 * lock can't be had within 5 s, and what `act` throws.
 */
export async function withLock<T>(path: string, act: () => Promise<T>): Promise<T> {
  await take(path);
  try {
    return await act();
  } finally {
    await unlink(path).catch(ignore);
  }
}

async function take(path: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      await (await open(path, 'wx', 0o600)).close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const age = await stat(path).then(({ mtimeMs }) => Math.abs(Date.now() - mtimeMs), ignore);
    if (age !== undefined && age > ABANDONED) await unlink(path).catch(ignore);
    else await new Promise((done) => setTimeout(done, PAUSE));
  }
  throw new Error(`the lock ${path} is held by another process`);
}

function ignore(): undefined {
  return undefined;
}
