import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** The outcome of `work`, or null where the file or folder doesn't exist. */
export async function unlessMissing<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** The text of a file, or null where it doesn't exist. */
export function readText(folder: string, name: string): Promise<string | null> {
  return unlessMissing(readFile(join(folder, name), 'utf8'));
}

/** The texts of a folder's YAML files but one; none where the folder doesn't exist. */
export async function readFolder(folder: string, except: string): Promise<readonly string[]> {
  const names = (await unlessMissing(readdir(folder))) ?? [];
  const files = names.filter((name) => /^[^.].*\.ya?ml$/.test(name) && name !== except).sort();
  const texts = await Promise.all(files.map((name) => readText(folder, name)));
  return texts.filter((text) => text !== null);
}

/** Replaces a file at once: a reader sees the old text or the new one, never a part. */
export async function replaceText(folder: string, name: string, text: string): Promise<void> {
  const draft = join(folder, `.${name}.${process.pid}.draft`);
  await writeFile(draft, text, { flush: true });
  await rename(draft, join(folder, name));
}
