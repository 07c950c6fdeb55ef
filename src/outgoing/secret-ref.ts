import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Problem } from '../domain/problem.js';

/** The secret behind `env:NAME` or `file:/path` (white space around it is cut). Throws Problem CONFIG_INVALID where there is none. */
export async function readSecret(
  secretRef: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  const secret = secretRef.startsWith('env:') ? inEnv(secretRef, env) : await fileAt(secretRef.slice(5));
  const trimmed = secret?.trim() ?? '';
  if (trimmed === '')
    throw new Problem('CONFIG_INVALID', `There is no secret at ${secretRef}.`, { field: 'secretRef' });
  return trimmed;
}

/** Whether there is something behind `env:NAME` or `file:/path`; of a file not, what it holds. */
export function hasSecret(
  secretRef: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  if (!secretRef.startsWith('env:')) return existsSync(secretRef.slice(5));
  return (inEnv(secretRef, env)?.trim() ?? '') !== '';
}

/** Own variables only: every object has a `constructor`. */
function inEnv(secretRef: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const name = secretRef.slice(4);
  return Object.hasOwn(env, name) ? env[name] : undefined;
}

async function fileAt(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
