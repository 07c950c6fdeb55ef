import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readWireForm, writeWireForm } from './wire-form.js';

const read = (form: Partial<Parameters<typeof readWireForm>[0]>) => {
  const { buckets, ...decision } = readWireForm({ buckets: '', segments: '', key: '', ...form });
  return { ...decision, buckets: Object.fromEntries(buckets) };
};

describe('a decision as text', () => {
  it.each([
    ['two routes', 'checkout=0421,cart=7730', { checkout: 421, cart: 7_730 }],
    ['blanks, as two headers are joined', 'checkout=0421, cart=7730', { checkout: 421, cart: 7_730 }],
    ['a route twice: the first', 'checkout=0421,checkout=0001', { checkout: 421 }],
    ['three and five digits', 'checkout=421,cart=07730', {}],
    ['a name that is no route', 'Check out=0421,=0001,__proto__=0001,-a=0001', {}],
    ['a part that is none', 'checkout=0421,,x', { checkout: 421 }],
    ['more than is read', `checkout=0421,${'x'.repeat(8_192)}`, {}],
    ['nothing', '', {}],
  ])('has of %s the buckets that are well formed', (_, buckets, found) => {
    expect(read({ buckets }).buckets).toEqual(found);
  });

  it.each([
    ['a plain key', 'user-4711', 'user-4711'],
    ['UTF-8', 'J%C3%BCrgen%2C%20%22x%22', 'Jürgen, "x"'],
    ['what is no UTF-8', '%ff', null],
    ['half a sequence', 'a%2', null],
    ['two headers joined', 'ann, bob', null],
    ['a key longer than is read', 'x'.repeat(2_049), null],
    ['nothing', '', null],
  ])('has of %s the key, or none', (_, key, found) => {
    expect(read({ key }).targetingKey).toBe(found);
  });

  it('has each well-formed segment once', () => {
    const { segments } = read({ segments: 'employees, beta,employees,,two words,<script>' });
    expect(segments).toEqual(['employees', 'beta']);
  });

  it('leaves out a key that has no UTF-8 form, and one that is too long', () => {
    const written = (targetingKey: string) =>
      writeWireForm({ targetingKey, buckets: new Map(), segments: [] }).key;
    expect([written('\ud800'), written('ü'.repeat(400))]).toEqual(['', '']);
  });

  it('is read as it was written', () => {
    const route = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/);
    const buckets = fc
      .array(fc.tuple(route, fc.integer({ min: 0, max: 9_999 })), { maxLength: 40 })
      .map((pairs) => new Map(pairs));
    const segments = fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,30}$/), {
      maxLength: 40,
    });
    const key = fc.option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), { nil: null });
    fc.assert(
      fc.property(buckets, segments, key, (first, second, targetingKey) => {
        const decision = { targetingKey, buckets: first, segments: second };
        expect(readWireForm(writeWireForm(decision))).toEqual(decision);
      }),
    );
  });

  it('is read whatever it holds, and written again only well formed', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (buckets, segments, key) => {
        const form = writeWireForm(readWireForm({ buckets, segments, key }));
        expect(Object.values(form).join('')).toMatch(/^[\x21-\x7e]*$/);
        expect(writeWireForm(readWireForm(form))).toEqual(form);
      }),
    );
  });
});
