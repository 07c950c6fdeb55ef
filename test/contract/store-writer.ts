import { EmbeddedStore } from '../../src/adapters/store/embedded/embedded-store.js';
import { RedisStore } from '../../src/adapters/store/redis/redis-store.js';
import type { Stored } from '../../src/domain/documents.js';
import { Problem } from '../../src/domain/problem.js';
import type { Store } from '../../src/ports/store.js';
import { sampleFlag, sampleSegment } from '../support/sample-documents.js';
import { commitOf, flagEdit } from './store-samples.js';

/** What a second process of a test does with a store: `store-writer.ts <act> <url or folder> <scope> <number>`. */
const [act = '', place = '', scope = '', amount = '0'] = process.argv.slice(2);

const acts: Record<string, (store: Store) => Promise<unknown>> = {
  /** Four writers raise one number `amount` times each; tells how often somebody else was faster. */
  async raise(store) {
    const losses = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        let lost = 0;
        for (let done = 0; done < Number(amount);) {
          if (await raiseOnce(store)) done += 1;
          else lost += 1;
        }
        return lost;
      }),
    );
    return losses.reduce((sum, lost) => sum + lost, 0);
  },

  /** Makes and deletes the segment `s` `amount` times, whenever nothing refers to it. */
  async remove(store) {
    let removed = 0;
    for (let round = 0; round < Number(amount); round += 1) {
      const image = await store.image(scope);
      const segment = image.documents.get('segment', 's');
      const referred = image.documents.list('flag').filter(({ value }) => value.description === 's');
      if (segment !== undefined && referred.length > 0) {
        const free = referred.map(({ key }) => flagEdit(key));
        const expected = Object.fromEntries(referred.map(({ key, revision }) => [`flag/${key}`, revision]));
        await unlessStale(store.commit(scope, commitOf(free, { expected, epoch: image.epoch })));
        continue;
      }
      const value = segment === undefined ? sampleSegment('s') : null;
      const unchanged = Object.fromEntries(
        ['a', 'b'].map((key) => [`flag/${key}`, image.documents.get('flag', key)?.revision ?? 0]),
      );
      const edit = { kind: 'segment', key: 's', value } as const;
      const expected = { 'segment/s': segment?.revision ?? 0 };
      if (await unlessStale(store.commit(scope, commitOf([edit], { expected, unchanged })))) removed += 1;
    }
    return removed;
  },

  /** Lets flag `a` or `b` refer to the segment `s` `amount` times, whenever it is there. */
  async refer(store) {
    let referred = 0;
    for (let round = 0; round < Number(amount); round += 1) {
      const { documents } = await store.image(scope);
      const segment = documents.get('segment', 's');
      if (segment === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        continue;
      }
      const key = round % 2 === 0 ? 'a' : 'b';
      const expected = { [`flag/${key}`]: documents.get('flag', key)?.revision ?? 0 };
      const unchanged = { 'segment/s': segment.revision };
      const commit = commitOf([flagEdit(key, { description: 's' })], { expected, unchanged });
      if (await unlessStale(store.commit(scope, commit))) referred += 1;
    }
    return referred;
  },

  /** Writes flags `f1`, `f2` … until it is killed, and prints the number of each that was acknowledged. */
  async write(store) {
    for (let number = 1; ; number += 1) {
      await store.commit(scope, commitOf([flagEdit(`f${number}`)]));
      process.stdout.write(`${number}\n`);
    }
  },

  /** Nothing: opening was the point. */
  open: () => Promise.resolve('opened'),
};

async function raiseOnce(store: Store): Promise<boolean> {
  const stands = (await store.image(scope)).documents.get('flag', 'n');
  const { revision, value } = stands ?? { revision: 0, value: { description: '0' } };
  const next = sampleFlag('n', { description: String(Number(value.description) + 1) });
  const expected = { 'flag/n': revision };
  try {
    await store.commit(scope, commitOf([{ kind: 'flag', key: 'n', value: next }], { expected }));
    return true;
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'STALE_REVISION') throw error;
    const current = error.current as Stored<'flag'>;
    if (current.revision <= revision) throw new Error('not the current document', { cause: error });
    return false;
  }
}

async function unlessStale(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof Problem && error.code === 'STALE_REVISION') return false;
    throw error;
  }
}

async function main(): Promise<void> {
  const store = place.startsWith('redis:')
    ? new RedisStore({ url: place })
    : new EmbeddedStore({ path: place });
  await store.open();
  const result = await acts[act]?.(store);
  await store.close();
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Problem ? `${error.code} ${error.message}` : String(error)}\n`);
  process.exit(1);
});
