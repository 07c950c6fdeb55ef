import { describe, expect, it } from '@jest/globals';
import { DEPTH_LIMIT, parseJson } from './body.js';

describe('parseJson', () => {
  it('reads JSON of any kind', () => {
    expect(parseJson(Buffer.from('{"a":[1,"ö"]}'))).toEqual({ value: { a: [1, 'ö'] } });
    expect(parseJson(Buffer.from('null'))).toEqual({ value: null });
  });

  it.each([
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), /UTF-8/],
    ['nothing', Buffer.alloc(0), /JSON/],
    ['half a document', Buffer.from('{"a":'), /JSON/],
    ['a number that is none', Buffer.from('NaN'), /JSON/],
  ])('refuses %s', (_, bytes, fault) => {
    expect(parseJson(bytes)).toEqual({ fault: expect.stringMatching(fault) });
  });

  it('lets the deepest allowed nesting pass and refuses one level more, of lists or objects', () => {
    const nest = (open: string, shut: string, levels: number) =>
      Buffer.from(open.repeat(levels) + '1' + shut.repeat(levels));
    for (const [open, shut] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      expect(parseJson(nest(open, shut, DEPTH_LIMIT))).toHaveProperty('value');
      expect(parseJson(nest(open, shut, DEPTH_LIMIT + 1))).toHaveProperty('fault');
      expect(parseJson(nest(open, shut, 100_000))).toHaveProperty('fault');
    }
  });

  it('reads __proto__ as a name like any other', () => {
    const parsed = parseJson(Buffer.from('{"__proto__":{"verified":{"a":1}}}'));
    if (!('value' in parsed)) throw new Error('not parsed');
    expect(Object.getPrototypeOf(parsed.value)).toBe(Object.prototype);
    expect((parsed.value as Record<string, unknown>)['verified']).toBeUndefined();
  });
});
