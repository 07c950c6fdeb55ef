import type { Stored } from '../../../domain/documents.js';
import { Problem } from '../../../domain/problem.js';
import { headOf } from '../../../domain/segment-keys.js';
import { embeddedKeys } from './embedded-keys.js';
import type { EmbeddedDatabase } from './write-queue.js';

/** What this version writes. 2: the keys of segments stand apart from their documents. */
const LAYOUT = 2;

/**
 * Brings a database to the present layout and writes `owner` as the mark of who writes, in one batch. STORE_LAYOUT where
 * a newer version wrote it.
 */
export async function settleLayout(database: EmbeddedDatabase, owner: string): Promise<void> {
  const layout = database.get(embeddedKeys.layout()) ?? LAYOUT;
  if (typeof layout !== 'number' || layout > LAYOUT)
    throw new Problem(
      'STORE_LAYOUT',
      `STORE_LAYOUT: the embedded store has layout ${JSON.stringify(layout)}, this version knows up to ${LAYOUT}. Start the newer version`,
    );
  const inline = layout < LAYOUT ? [...wholeSegments(database)] : [];
  await database.batch(() => {
    for (const [scope, stored] of inline) putApart(database, scope, stored);
    void database.put(embeddedKeys.layout(), LAYOUT);
    void database.put(embeddedKeys.owner(), owner);
  });
}

function* wholeSegments(database: EmbeddedDatabase): Iterable<[scope: string, stored: Stored<'segment'>]> {
  for (const { key, value } of database.getRange({})) {
    const [scope, what, ref] = key;
    if (what === 'document' && String(ref).startsWith('segment/'))
      yield [String(scope), value as Stored<'segment'>];
  }
}

function putApart(database: EmbeddedDatabase, scope: string, stored: Stored<'segment'>): void {
  const { key: segment, value } = stored;
  const { included, excluded } = value;
  const put = (mark: string) => (key: string) =>
    void database.put(embeddedKeys.listed(scope, segment, key), [mark, key]);
  included.forEach(put('i'));
  excluded.forEach(put('e'));
  const at = embeddedKeys.document(scope, `segment/${segment}`);
  void database.put(at, { ...stored, value: headOf(value) });
}
