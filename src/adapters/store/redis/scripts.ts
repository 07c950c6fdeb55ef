import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import type { Reply } from './replies.js';

const NAMES = ['commit', 'load', 'pull', 'history', 'lease', 'count', 'settle-layout'] as const;

/** Name of a script in `scripts/`; each file says what it does, takes and returns. */
export type ScriptName = (typeof NAMES)[number];

/** Teaches a client the scripts; it sends each by its digest. */
export function defineScripts(redis: Redis): void {
  for (const name of NAMES) {
    const lua = readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), 'utf8');
    redis.defineCommand(commandOf(name), { lua });
  }
}

export function runScript(
  redis: Redis,
  name: ScriptName,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<Reply> {
  const commands = redis as unknown as Record<
    string,
    (...args: readonly (string | number)[]) => Promise<Reply>
  >;
  const command = commands[commandOf(name)] as (...args: readonly (string | number)[]) => Promise<Reply>;
  return command.call(redis, keys.length, ...keys, ...args);
}

function commandOf(name: ScriptName): string {
  return `tidegate:${name}`;
}
