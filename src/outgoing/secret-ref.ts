import { readFile } from 'node:fs/promises';
import { Problem } from '../domain/problem.js';

/** The secret behind `env:NAME` or `file:/path` (white space around it is cut). Throws Problem CONFIG_INVALID where there is none. */
export async function readSecret(
  secretRef: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  const secret = secretRef.startsWith('env:') ? env[secretRef.slice(4)] : await fileAt(secretRef.slice(5));
  const trimmed = secret?.trim() ?? '';
  if (trimmed === '')
    throw new Problem('CONFIG_INVALID', `There is no secret at ${secretRef}.`, { field: 'secretRef' });
  return trimmed;
}

async function fileAt(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
