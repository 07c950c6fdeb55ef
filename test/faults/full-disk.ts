import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedStore } from '../../src/adapters/store/embedded/embedded-store.js';
import { Problem } from '../../src/domain/problem.js';
import { commitOf, flagEdit } from '../contract/store-samples.js';

/** What an embedded store does on a disk that fills up, is full, and has room again: `full-disk.ts <folder>`. */
const [folder = ''] = process.argv.slice(2);
const SCOPE = 'production';
const MOST = 5_000;

let number = 0;
async function write(store: EmbeddedStore): Promise<string> {
  number += 1;
  try {
    await store.commit(SCOPE, commitOf([flagEdit(`f${number}`, { description: 'x'.repeat(2_000) })]));
    return 'written';
  } catch (error) {
    return error instanceof Problem ? error.code : `not a problem: ${String(error)}`;
  }
}

async function main(): Promise<void> {
  const ballast = join(folder, 'ballast');
  await writeFile(ballast, Buffer.alloc(3 * 1_048_576));
  const store = new EmbeddedStore({ path: join(folder, 'store') });
  await store.open();
  await store.createEnvironment(SCOPE, '', commitOf([]));
  const acknowledged: string[] = [];
  let refusal = '';
  while (refusal === '' && number < MOST) {
    const outcome = await write(store);
    if (outcome === 'written') acknowledged.push(`f${number}`);
    else refusal = outcome;
  }
  const full = await store.image(SCOPE);
  const again = await write(store);
  await rm(ballast);
  const after = await write(store);
  acknowledged.push(`f${number}`);
  await store.close();
  const reopened = new EmbeddedStore({ path: join(folder, 'store') });
  await reopened.open();
  const image = await reopened.image(SCOPE);
  const { changes } = await reopened.history(SCOPE, { limit: MOST });
  await reopened.close();
  process.stdout.write(
    `${JSON.stringify({
      acknowledged: acknowledged.length,
      refusal,
      served: full.documents.count('flag'),
      again,
      after,
      lost: acknowledged.filter((key) => image.documents.get('flag', key) === undefined),
      unlogged: image.documents.count('flag') - (changes.length - 1),
      revision: image.revision - changes.length,
    })}\n`,
  );
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
