import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { flagOf, imageOf } from '../../test/support/image.js';
import { patched } from '../../test/support/json-patch.js';
import type { Change } from './change.js';
import type { AnyDocument, Edit } from './documents.js';
import type { Image } from './image.js';
import { documentChanges, NetChanges } from './net-changes.js';

const edit = fc
  .tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('on', 'off', 'gone'), fc.subarray(['x', 'y', 'z']))
  .map(([key, state, tags]): Edit =>
    state === 'gone'
      ? { kind: 'flag', key, value: null }
      : flagOf({ key, enabled: state === 'on', tags: [...tags] }),
  );
const edits = fc.uniqueArray(edit, { maxLength: 3, selector: ({ key }) => key });

/** The log of these edits, one change after the other, and the image after each of them; the first is empty. */
function played(changes: readonly (readonly Edit[])[]): { log: Change[]; images: Image[] } {
  const images = [{ ...imageOf(), revision: 0 }];
  const log = changes.map((written, index): Change => {
    const image = images[index] as Image;
    const revision = index + 1;
    images.push({ ...image, revision, documents: image.documents.with(written, revision) });
    const documents = documentChanges(image.documents, written);
    return { revision, at: revision, actor: `token:${index % 2}`, reason: '', documents, event: null };
  });
  return { log, images };
}

function netOf(log: readonly Change[], from: number, to: number): NetChanges {
  const net = new NetChanges();
  for (const change of log.slice(from, to).reverse()) net.takeEarlier(change);
  return net;
}

const flagsOf = ({ documents }: Image): Map<string, AnyDocument> =>
  new Map(documents.list('flag').map(({ key, value }) => [key, value]));

describe('NetChanges', () => {
  it('lead from the documents at any revision to those at any later one, field by field', () => {
    let found = 0;
    fc.assert(
      fc.property(fc.array(edits, { maxLength: 12 }), fc.nat(), fc.nat(), (changes, one, other) => {
        const { log, images } = played(changes);
        const [from = 0, to = 0] = [one % images.length, other % images.length].sort((a, b) => a - b);
        const flags = flagsOf(images[from] as Image);
        for (const { key, before, after, fields } of netOf(log, from, to).diffs()) {
          expect(flags.get(key) ?? null).toEqual(before);
          expect(patched(before, fields)).toEqual(after);
          if (after === null) flags.delete(key);
          else flags.set(key, after);
          found += 1;
        }
        expect(flags).toEqual(flagsOf(images[to] as Image));
      }),
      { numRuns: 500 },
    );
    expect(found).toBeGreaterThan(200);
  });

  it('leave out what is in the end as it was', () => {
    const { log } = played([[flagOf({ key: 'a' })], [{ kind: 'flag', key: 'a', value: null }]]);
    expect(netOf(log, 0, 2).diffs()).toEqual([]);
  });

  it('name the changes on the way, and who made them', () => {
    const { log } = played([
      [flagOf({ key: 'a' })],
      [flagOf({ key: 'b' })],
      [flagOf({ key: 'a', tags: ['x'] })],
      [flagOf({ key: 'a', tags: ['y'] })],
    ]);
    expect(netOf(log, 1, 4).diffs()).toMatchObject([
      { key: 'a', revisions: [3, 4], actors: ['token:0', 'token:1'], fields: [{ path: '/tags/0' }] },
      { key: 'b', revisions: [2], actors: ['token:1'], before: null },
    ]);
  });
});
