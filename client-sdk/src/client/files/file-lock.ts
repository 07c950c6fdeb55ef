import { open, stat, unlink } from 'node:fs/promises';

/** Milliseconds after which a lock counts as left behind by a process that died. */
const ABANDONED = 2_000;
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
    if (await create(path)) return;
    if (await isAbandoned(path)) await breakLock(path);
    await new Promise((done) => setTimeout(done, PAUSE));
  }
  throw new Error(`the lock ${path} is held by another process`);
}

/** Removes an abandoned lock, once: of several that find it so, none removes the lock that another has taken since. */
async function breakLock(path: string): Promise<void> {
  const breaking = `${path}.break`;
  if (!(await create(breaking))) {
    if (await isAbandoned(breaking)) await unlink(breaking).catch(ignore);
    return;
  }
  if (await isAbandoned(path)) await unlink(path).catch(ignore);
  await unlink(breaking).catch(ignore);
}

/** False where the file is there already. */
async function create(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const changed = await stat(path).then(({ mtimeMs }) => mtimeMs, ignore);
  return changed !== undefined && Math.abs(Date.now() - changed) > ABANDONED;
}

function ignore(): undefined {
  return undefined;
}
