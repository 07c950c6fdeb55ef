import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedStore } from '../../src/adapters/store/embedded/embedded-store.js';
import type { Store } from '../../src/ports/store.js';

export interface OpenStore {
  readonly store: Store;
  /** Closes the store and removes what it wrote. */
  close(): Promise<void>;
}

/** A fresh, empty embedded store in a folder of its own. */
export async function openStore(): Promise<OpenStore> {
  const path = await mkdtemp(join(tmpdir(), 'tidegate-store-'));
  const store = new EmbeddedStore({ path });
  await store.open();
  return {
    store,
    close: async () => {
      await store.close();
      await rm(path, { recursive: true });
    },
  };
}
