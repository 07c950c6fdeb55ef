import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mergeContexts } from './merge-contexts.js';

describe('mergeContexts', () => {
  it('is what spreading is, for plain objects', () => {
    const context = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
    fc.assert(
      fc.property(context, context, (base, over) => {
        expect(mergeContexts(base, over)).toEqual({ ...base, ...over });
      }),
    );
  });

  it('lets an attribute that is undefined take the default away', () => {
    expect(mergeContexts({ region: 'eu' }, { region: undefined })).toEqual({ region: undefined });
  });

  it('replaces what is verified whole: nothing is vouched for by halves', () => {
    expect(mergeContexts({ verified: { a: 1 } }, { verified: { b: 2 } })).toEqual({ verified: { b: 2 } });
  });

  it('keeps __proto__ an attribute like any other', () => {
    const hostile = JSON.parse('{"__proto__":{"admin":true}}') as object;
    const merged = mergeContexts({}, hostile);
    expect(Object.hasOwn(merged, '__proto__')).toBe(true);
    expect(merged['admin']).toBeUndefined();
  });

  const throwing = {
    get bad(): never {
      throw new Error('no');
    },
    good: 1,
  };
  const closed = new Proxy(
    { a: 1 },
    {
      ownKeys: () => {
        throw new Error('no');
      },
    },
  );
  const cyclic: Record<string, unknown> = { a: 1 };
  cyclic['self'] = cyclic;

  it.each<[string, unknown, object]>([
    ['null', null, {}],
    ['undefined', undefined, {}],
    ['text', 'text', {}],
    ['a number', 7, {}],
    ['getters that throw', throwing, { good: 1 }],
    ['a proxy that throws', closed, {}],
    ['a frozen object', Object.freeze({ a: 1n }), { a: 1n }],
    ['a circle', cyclic, { a: 1, self: cyclic }],
    ['no prototype', Object.assign(Object.create(null) as object, { a: NaN }), { a: NaN }],
  ])('takes %s', (_, given, expected) => {
    expect(mergeContexts(given, given)).toEqual(expected);
    expect(mergeContexts({ b: 2 }, given)).toEqual({ b: 2, ...expected });
  });
});
