import { readFileSync } from 'node:fs';
import type { RedisClient } from './redis-client.js';
import type { Reply } from './replies.js';

const NAMES = [
  'commit',
  'confirm',
  'load',
  'pull',
  'history',
  'lease',
  'count',
  'units',
  'points',
  'time',
  'settle-layout',
] as const;

/** Name of a script in `scripts/`; each file says what it does, takes and returns. */
export type ScriptName = (typeof NAMES)[number];

export interface ScriptCall {
  readonly name: ScriptName;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** Teaches a client the scripts; it sends each by its digest. */
export function defineScripts(redis: RedisClient): void {
  for (const name of NAMES) {
    const lua = readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), 'utf8');
    redis.defineCommand(commandOf(name), { lua });
  }
}

export function runScript(redis: RedisClient, { name, keys, args }: ScriptCall): Promise<Reply> {
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
