import type { LeaseProof } from '../../src/domain/change.js';
import type { Edit } from '../../src/domain/documents.js';
import { settingsSchema } from '../../src/domain/environment.js';
import type { Store } from '../../src/ports/store.js';

/** Longer than any spec takes, ms. */
const LEASE = 600_000;

/** Makes an environment of the settings as they are by default and these documents, and leads it. */
export async function leadEnvironment(
  store: Store,
  environment: string,
  documents: readonly Edit[] = [],
): Promise<LeaseProof> {
  const settings: Edit = { kind: 'settings', key: 'environment', value: settingsSchema.parse({}) };
  const edits = [settings, ...documents];
  await store.createEnvironment(environment, '', {
    edits,
    expected: Object.fromEntries(edits.map(({ kind, key }) => [`${kind}/${key}`, 0])),
    actor: 'token:test',
    reason: 'set up',
  });
  const token = await store.acquireLease(environment, 'control', 'test', LEASE);
  if (token === null) throw new Error('somebody else leads');
  return { name: 'control', token };
}
