import { randomUUID } from 'node:crypto';
import { open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Snapshot } from '../../engine/index.js';
import { withLock } from './file-lock.js';
import {
  type FileHeader,
  parseHeader,
  readSnapshotText,
  type StoredSnapshot,
  writeSnapshotText,
} from './snapshot-text.js';

/** Marks that a file keeps, the latest first. */
const MOST_MARKS = 16;
/** Longest header line, bytes. */
const HEADER_LIMIT = 4_096;
/** Milliseconds after which a half-written file was left behind by a process that died. */
const ABANDONED = 600_000;

/** How a file is written. */
interface Writing {
  /** Whether what is there is damaged. */
  readonly repair: boolean;
  /** ISO date-time. */
  readonly savedAt: string;
  /** Of the one whom the server told it, see `FileHeader`. */
  readonly mark?: string | undefined;
}

/** Null where there is no file. Throws with the reason where there is one that can't be used. */
export async function readSnapshotFile(path: string): Promise<StoredSnapshot | null> {
  let bytes;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return readSnapshotText(bytes);
}

/**
 * Puts a snapshot in place of what the file holds, in one step, readable by its owner only: whoever reads sees the old
 * file or the new one, also after a loss of power. Leaves a file of the same epoch alone that is as new or newer and
 * has the mark, unless it is damaged. Throws what the system says.
 */
export async function writeSnapshotFile(
  path: string,
  snapshot: Snapshot,
  { repair, savedAt, mark }: Writing,
): Promise<void> {
  const isNeeded = async (): Promise<boolean> => repair || !isAsNew(await headerOf(path), snapshot, mark);
  if (!(await isNeeded())) return;
  const toldTo = mark === undefined ? undefined : marksWith(mark, await headerOf(path), snapshot);
  const temporary = `${path}.${process.pid}-${randomUUID().slice(0, 8)}.tmp`;
  try {
    await writeWhole(temporary, writeSnapshotText(snapshot, { savedAt, toldTo }));
    await withLock(`${path}.lock`, async () => {
      if (await isNeeded()) await rename(temporary, path);
    });
    await syncFolder(dirname(path));
  } finally {
    await unlink(temporary).catch(ignore);
  }
}

/** Removes what processes that died in the midst of writing have left beside the file. Never rejects. */
export async function removeAbandoned(path: string): Promise<void> {
  try {
    for (const name of await readdir(dirname(path))) {
      if (!name.startsWith(`${basename(path)}.`) || !name.endsWith('.tmp')) continue;
      const other = join(dirname(path), name);
      if (Date.now() - (await stat(other)).mtimeMs > ABANDONED) await unlink(other);
    }
  } catch {
    // tidiness only
  }
}

function isAsNew(header: FileHeader | null, { epoch, revision }: Snapshot, mark?: string): boolean {
  if (header === null || header.epoch !== epoch) return false;
  if (header.revision > revision) return true;
  return header.revision === revision && (mark === undefined || isToldTo(header, mark));
}

/** An epoch is of one environment, so that all who were told something of it may be told the rest. */
function marksWith(mark: string, header: FileHeader | null, { epoch }: Snapshot): readonly string[] {
  const known = header?.epoch === epoch && Array.isArray(header.toldTo) ? header.toldTo : [];
  return [mark, ...known.filter((other) => other !== mark)].slice(0, MOST_MARKS);
}

/** Whether what a file holds was told to the one of this mark; what bears no marks is anybody's. */
export function isToldTo({ toldTo }: Pick<FileHeader, 'toldTo'>, mark: string): boolean {
  return !Array.isArray(toldTo) || toldTo.includes(mark);
}

/** Null where there is no file, or none of ours. */
async function headerOf(path: string): Promise<FileHeader | null> {
  let handle;
  try {
    handle = await open(path, 'r');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_LIMIT), 0, HEADER_LIMIT, 0);
    const [line = ''] = buffer.subarray(0, bytesRead).toString('utf8').split('\n');
    return parseHeader(line);
  } catch {
    return null;
  } finally {
    await handle?.close();
  }
}

async function writeWhole(path: string, pieces: Iterable<string>): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    for (const piece of pieces) await handle.writeFile(piece);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The new name is safe once the folder is; where folders can't be synced there is nothing to be done. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(ignore);
  await handle?.sync().catch(ignore);
  await handle?.close();
}

function ignore(): undefined {
  return undefined;
}
