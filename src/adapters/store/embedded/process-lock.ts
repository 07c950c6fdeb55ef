import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { Problem } from '../../../domain/problem.js';

interface Holder {
  readonly pid: number;
  /** When that process started, as the kernel counts; tells it from a later one with the same pid. */
  readonly started: string;
  readonly host: string;
  readonly id: string;
}

/** A lock of another machine (or container) that its process hasn't touched for this long is dead: ms. */
const DEAD_AFTER = 30_000;

/** A lock file that says which process has a folder. The lock of a dead process is taken over. */
export class ProcessLock {
  readonly #path: string;
  readonly #holder: Holder;
  readonly #heart: NodeJS.Timeout;

  private constructor(path: string, holder: Holder) {
    this.#path = path;
    this.#holder = holder;
    this.#heart = setInterval(() => {
      const now = new Date();
      utimes(path, now, now).catch(() => undefined);
    }, DEAD_AFTER / 6).unref();
  }

  /** Takes the lock, or rejects with STORE_LOCKED naming the process that has it. */
  static async take(path: string): Promise<ProcessLock> {
    const holder: Holder = {
      pid: process.pid,
      started: (await startOf(process.pid)) ?? '',
      host: hostname(),
      id: randomBytes(9).toString('base64url'),
    };
    const mine = `${path}.${holder.id}`;
    await writeFile(mine, JSON.stringify(holder));
    try {
      if (!(await linked(mine, path))) await takeOver(mine, path);
    } finally {
      await rm(mine, { force: true });
    }
    return new ProcessLock(path, holder);
  }

  async release(): Promise<void> {
    clearInterval(this.#heart);
    if ((await read(this.#path))?.id === this.#holder.id) await rm(this.#path, { force: true });
  }
}

/** Two that take over at once both pass here; the mark in the database then lets only the later one write. */
async function takeOver(mine: string, path: string): Promise<void> {
  const standing = await read(path);
  if (standing !== null && (await isAlive(standing, path))) {
    throw new Problem(
      'STORE_LOCKED',
      `STORE_LOCKED: process ${standing.pid} on ${standing.host} has the embedded store (${path}). Stop it first (of a machine that is gone, the lock ends after 30 s), or use Redis to run several`,
    );
  }
  await rename(mine, path);
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isAlive({ pid, started, host }: Holder, path: string): Promise<boolean> {
  if (host !== hostname()) return (await stat(path)).mtimeMs > Date.now() - DEAD_AFTER;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const present = await startOf(pid);
  return present === null || started === '' || present === started;
}

/** Field 22 of /proc/<pid>/stat, counted after the name, which may hold blanks; null where there is none. */
async function startOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

async function read(path: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return null;
  }
}
