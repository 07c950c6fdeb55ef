import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Documents, type Edit, type Stored } from './documents.js';

const key = fc.integer({ min: 0, max: 200 }).map((number) => `s${number}`);
const edit = fc
  .record({ key, text: fc.option(fc.string(), { nil: null, freq: 3 }) })
  .map(({ key, text }): Edit => {
    const value = text === null ? null : { key, description: text, rules: [], included: [], excluded: [] };
    return { kind: 'segment', key, value };
  });
const changes = fc.array(fc.array(edit, { maxLength: 30 }), { maxLength: 20 });

/** The same by the book: one map, copied for each change. */
function byTheBook(
  all: ReadonlyMap<string, Stored>,
  edits: readonly Edit[],
  revision: number,
): Map<string, Stored> {
  const next = new Map(all);
  for (const { kind, key, value } of edits) {
    if (value === null) next.delete(key);
    else next.set(key, { kind, key, revision, value });
  }
  return next;
}

describe('views of documents', () => {
  it('hold what a map would hold after the same changes, and earlier views stay as they were', () => {
    fc.assert(
      fc.property(changes, (all) => {
        const views = [{ view: new Documents([]), book: new Map<string, Stored>() }];
        for (const [index, edits] of all.entries()) {
          const { view, book } = views[index] as (typeof views)[number];
          views.push({ view: view.with(edits, index + 1), book: byTheBook(book, edits, index + 1) });
        }
        for (const { view, book } of views) {
          expect([...view.all()].map(({ key }) => key).sort()).toEqual([...book.keys()].sort());
          expect(view.count('segment')).toBe(book.size);
          expect(view.list('segment').map(({ key }) => key)).toEqual([...book.keys()].sort());
          for (let number = 0; number <= 200; number += 1)
            expect(view.get('segment', `s${number}`)).toEqual(book.get(`s${number}`));
        }
      }),
    );
  });
});
