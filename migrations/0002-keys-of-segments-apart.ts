import type { Cluster, Redis } from 'ioredis';

interface Lists {
  readonly included?: readonly string[];
  readonly excluded?: readonly string[];
}

/**
 * The second layout: targeting keys that segments list stand apart from their documents, in a hash `listed` per
 * environment, `<segment> <targeting key>` → `i` (included) or `e` (excluded). Entries of the log stay as they are, with
 * segments whole.
 */
export async function migrate(redis: Redis | Cluster, prefix: string): Promise<void> {
  const registry = await redis.hkeys(`${prefix}{@registry}:documents`);
  for (const name of registry.filter((ref) => ref.startsWith('environment/'))) {
    await moveLists(redis, `${prefix}{${name.slice('environment/'.length)}}`);
  }
}

async function moveLists(redis: Redis | Cluster, scope: string): Promise<void> {
  const documents = await redis.hgetall(`${scope}:documents`);
  for (const [ref, stored] of Object.entries(documents)) {
    if (!ref.startsWith('segment/')) continue;
    const blank = stored.indexOf(' ');
    const { included = [], excluded = [], ...head } = JSON.parse(stored.slice(blank + 1)) as Lists;
    const segment = ref.slice('segment/'.length);
    const fields = [
      ...included.flatMap((key) => [`${segment} ${key}`, 'i']),
      ...excluded.flatMap((key) => [`${segment} ${key}`, 'e']),
    ];
    // Keys first: cut short in between, the lists are moved again.
    for (let at = 0; at < fields.length; at += 1_000)
      await redis.hset(`${scope}:listed`, ...fields.slice(at, at + 1_000));
    await redis.hset(`${scope}:documents`, ref, `${stored.slice(0, blank)} ${JSON.stringify(head)}`);
  }
}
