import { describe, expect, it } from '@jest/globals';
import type { Segment } from '@tidegate/sdk/engine';
import fc from 'fast-check';
import type { Edit } from '../../src/domain/documents.js';
import type { Store } from '../../src/ports/store.js';
import type { StoreGround } from './store-ground.js';
import { sampleSegment } from '../support/sample-documents.js';
import { commitOf, flagEdit, record } from './store-samples.js';

/** Keys that a store might trip over: blanks, control characters, half of what it writes itself, all lengths. */
const AWKWARD = [
  'a b',
  ' ',
  '\0',
  '\0\0',
  '\n',
  'i',
  'e',
  '#ab',
  'é',
  '😀'.repeat(250),
  '漢'.repeat(500),
  '{x}',
];
const keyOf = fc.oneof(fc.constantFrom('a', 'b', 'c', 'd', ...AWKWARD), fc.string({ minLength: 1 }));

function segmentEdit(key: string, change: Partial<Segment>): Edit {
  return { kind: 'segment', key, value: { ...sampleSegment(key), ...change } };
}

/** Writes a segment on what stands. */
async function put(store: Store, scope: string, edit: Edit): Promise<number> {
  const stands = (await store.image(scope)).documents.get(edit.kind, edit.key)?.revision ?? 0;
  const commit = commitOf([edit], { expected: { [`segment/${edit.key}`]: stands } });
  return (await store.commit(scope, commit)).revision;
}

/** What every store promises of the lists of keys of segments. */
export function describeSegments(ground: StoreGround): void {
  describe('the keys of segments', () => {
    it('are whole in the image, and in the log only what was added and removed', async () => {
      const scope = await ground.environment();
      const { store } = ground;
      await put(store, scope, segmentEdit('s', { included: ['a', 'b', 'c'], excluded: ['x'] }));
      await put(store, scope, segmentEdit('s', { included: ['a', 'c', 'd', 'x'], description: 'two' }));
      await put(store, scope, segmentEdit('t', { included: ['a'] }));
      const { documents } = await store.image(scope);
      expect(documents.get('segment', 's')).toEqual({
        kind: 'segment',
        key: 's',
        revision: 3,
        value: { ...sampleSegment('s'), description: 'two', included: ['a', 'c', 'd', 'x'] },
      });
      await store.commit(
        scope,
        commitOf([{ kind: 'segment', key: 's', value: null }], { expected: { 'segment/s': 3 } }),
      );
      const { changes } = await store.history(scope, { limit: 9, document: 'segment/s' });
      const head = { key: 's', description: '', rules: [] };
      const none = { added: [], removed: [] };
      expect(changes.map((change) => change.documents)).toEqual([
        [
          {
            kind: 'segment',
            key: 's',
            before: { ...head, description: 'two' },
            after: null,
            keys: { included: { added: [], removed: ['a', 'c', 'd', 'x'] }, excluded: none },
          },
        ],
        [
          {
            kind: 'segment',
            key: 's',
            before: head,
            after: { ...head, description: 'two' },
            keys: {
              included: { added: ['d', 'x'], removed: ['b'] },
              excluded: { added: [], removed: ['x'] },
            },
          },
        ],
        [
          {
            kind: 'segment',
            key: 's',
            before: null,
            after: head,
            keys: {
              included: { added: ['a', 'b', 'c'], removed: [] },
              excluded: { added: ['x'], removed: [] },
            },
          },
        ],
      ]);
      expect((await store.image(scope)).documents.value('segment', 't')?.included).toEqual(['a']);
    });

    it('are gone with their segment: one of the same key begins empty', async () => {
      const scope = await ground.environment();
      const { store } = ground;
      await put(store, scope, segmentEdit('s', { included: ['a'], excluded: AWKWARD.toSorted() }));
      await put(store, scope, { kind: 'segment', key: 's', value: null });
      await put(store, scope, segmentEdit('s', { included: ['b'] }));
      const again = await ground.harness.store();
      expect((await again.image(scope)).documents.value('segment', 's')).toEqual({
        ...sampleSegment('s'),
        included: ['b'],
      });
    });

    it('stay as they are when a write is refused, or touches something else', async () => {
      const scope = await ground.environment();
      const { store } = ground;
      await put(store, scope, segmentEdit('s', { included: ['a'] }));
      await store.commit(scope, commitOf([flagEdit('f')]));
      const late = commitOf([segmentEdit('s', { included: ['b'] }), flagEdit('f')], {
        expected: { 'segment/s': 2 },
      });
      await expect(store.commit(scope, late)).rejects.toMatchObject({ code: 'STALE_REVISION' });
      const stale = commitOf([segmentEdit('s', { included: ['b'] })], { expected: { 'segment/s': 1 } });
      await expect(store.commit(scope, stale)).rejects.toMatchObject({
        code: 'STALE_REVISION',
        current: { revision: 2, value: { included: ['a'] } },
      });
      const again = await ground.harness.store();
      expect((await again.image(scope)).documents.value('segment', 's')?.included).toEqual(['a']);
    });

    it('go through any edits as sets do, for who was there, who came later and who reads the store anew', async () => {
      const lists = fc.record({
        included: fc.uniqueArray(keyOf, { maxLength: 8 }),
        excluded: fc.uniqueArray(keyOf, { maxLength: 8 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(lists, { minLength: 1, maxLength: 6 }), async (steps) => {
          const scope = await ground.environment();
          const { store } = ground;
          const { epoch } = await store.image(scope);
          const lived = await record(store, scope, null);
          const wanted: Segment[] = [];
          for (const { included, excluded } of steps) {
            const listed = new Set(included);
            const value = {
              ...sampleSegment('s'),
              included: included.toSorted(),
              excluded: excluded.filter((key) => !listed.has(key)).toSorted(),
            };
            await put(store, scope, { kind: 'segment', key: 's', value });
            wanted.push(value);
          }
          const late = await record(store, scope, { epoch, revision: 1 });
          for (const { images } of [lived, late])
            expect(images.map(({ documents }) => documents.value('segment', 's'))).toEqual(wanted);
          const anew = await ground.harness.store();
          expect((await anew.image(scope)).documents.value('segment', 's')).toEqual(wanted.at(-1));
        }),
        { numRuns: 15 },
      );
    });

    it('are told right by who knew an older form of the segment', async () => {
      const scope = await ground.environment();
      const [one, other] = [ground.store, await ground.harness.store()];
      await put(one, scope, segmentEdit('s', { included: ['a', 'b'] }));
      for (let round = 0; round < 10; round += 1) {
        const { revision } = await one.commit(
          scope,
          commitOf([segmentEdit('s', { included: ['a', `r${round}`] })], {
            expected: { 'segment/s': 2 + 2 * round },
          }),
        );
        // The other process may not have heard of it yet.
        await other.commit(
          scope,
          commitOf([segmentEdit('s', { included: [`r${round}`] })], { expected: { 'segment/s': revision } }),
        );
      }
      const anew = await ground.harness.store();
      expect((await anew.image(scope)).documents.value('segment', 's')?.included).toEqual(['r9']);
    });
  });
}
