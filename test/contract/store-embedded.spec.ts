import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedStore } from '../../src/adapters/store/embedded/embedded-store.js';
import { keepUnnamed } from '../support/unnamed-verdict.js';
import { describeStore } from './store.contract.js';

const SUITE = 1_000_000;

describeStore('embedded', async () => {
  const path = await mkdtemp(join(tmpdir(), 'tidegate-embedded-'));
  const opened = new Map<number, EmbeddedStore>();
  async function open(keepLog: number): Promise<EmbeddedStore> {
    const known = opened.get(keepLog);
    if (known) return known;
    const store = new EmbeddedStore({ path: join(path, String(keepLog)), keepLog, keepVerdicts: keepLog });
    opened.set(keepLog, store);
    await store.open();
    return store;
  }
  return {
    store: () => open(SUITE),
    withLog: open,
    keepUnnamed: (scope, id, entry) => keepUnnamed(join(path, String(SUITE)), scope, id, entry),
    stop: async () => {
      await Promise.all([...opened.values()].map((store) => store.close()));
      await rm(path, { recursive: true });
    },
  };
});
