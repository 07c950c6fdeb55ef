import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { patched } from '../../test/support/json-patch.js';
import { fieldDiff } from './field-diff.js';

const told = (before: unknown, after: unknown): string[] =>
  fieldDiff(before, after).map(({ op, path }) => `${op} ${path}`);

describe('fieldDiff', () => {
  it.each<[string, unknown, unknown, string[]]>([
    ['nothing where only the order of names differs', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
    ['a document that was made', null, { a: 1 }, ['add ']],
    ['a document that went', { a: 1 }, null, ['remove ']],
    ['a field at any depth', { a: { b: [{ c: 1 }] } }, { a: { b: [{ c: 2 }] } }, ['replace /a/b/0/c']],
    ['names with slash and tilde', { 'a/b': { '~': 1 } }, { 'a/b': { '~': 2 } }, ['replace /a~1b/~0']],
    ['names in their order', { b: 1, c: 1 }, { a: 1, c: 2 }, ['add /a', 'remove /b', 'replace /c']],
    ['one item put in at the front', [2, 3], [1, 2, 3], ['add /0']],
    ['one item taken out of the middle', [1, 2, 3], [1, 3], ['remove /1']],
    ['several taken out, the last one first', [1, 2, 3, 4], [1, 4], ['remove /2', 'remove /1']],
    ['null, which is a value inside a document', { a: null }, { a: 1 }, ['replace /a']],
    ['another type', { a: [] }, { a: {} }, ['replace /a']],
  ])('tells %s', (_, before, after, expected) => {
    expect(told(before, after)).toEqual(expected);
  });

  it('says what stood there before', () => {
    expect(fieldDiff({ a: 1 }, { b: 2 })).toEqual([
      { op: 'remove', path: '/a', before: 1, after: null },
      { op: 'add', path: '/b', before: null, after: 2 },
    ]);
  });

  const part = fc.constantFrom('a', 'b', 'a/b', '~1', '');
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(null, 0, 1, 'x', true),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(part, tie('value'), { maxKeys: 4 }),
    ),
  }));

  it('leads from any value to any other when it is read as a JSON Patch', () => {
    let steps = 0;
    fc.assert(
      fc.property(value, value, (before, after) => {
        const changes = fieldDiff(before, after);
        steps += changes.length;
        expect(patched(before, changes)).toEqual(after);
        if (JSON.stringify(before) === JSON.stringify(after)) expect(changes).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
    expect(steps).toBeGreaterThan(1_000);
  });

  it('finds no more than one step for one item put into or taken out of a long list', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(), { minLength: 1 }), fc.nat(), (list, at) => {
        const index = at % list.length;
        const without = list.toSpliced(index, 1);
        expect(told(list, without)).toEqual([`remove /${index}`]);
        expect(told(without, list)).toEqual([`add /${index}`]);
      }),
    );
  });
});
