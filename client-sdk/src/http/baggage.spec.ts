import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readBaggage, writeBaggage } from './baggage.js';

const FORM = { buckets: 'checkout=0421,cart=7730', segments: 'employees', key: 'J%C3%BCrgen' };
const OURS = 'tg-b=checkout%3D0421%2Ccart%3D7730,tg-s=employees,tg-k=J%25C3%25BCrgen';

describe('a decision in W3C baggage', () => {
  it('stands behind what others have put in, and takes the place of what stood there of ours', () => {
    expect(writeBaggage('', FORM)).toBe(OURS);
    expect(writeBaggage('a=1;p=x, tg-b=forged ,b=2', FORM)).toBe(`a=1;p=x,b=2,${OURS}`);
    expect(writeBaggage('tg-k=forged', { buckets: '', segments: '', key: '' })).toBeNull();
  });

  it('is read from among others, with blanks and properties', () => {
    expect(readBaggage(`a=1, ${OURS.replaceAll(',', ' ; p , ')},b`)).toEqual(FORM);
    expect(readBaggage('tg-b=%zz,tg-s,=x,tg-k==')).toEqual({ buckets: '', segments: '', key: '=' });
    expect(readBaggage(`${'a=1,'.repeat(3_000)}${OURS}`)).toEqual({ buckets: '', segments: '', key: '' });
  });

  it('is left out where 8 KiB are too little, and what others have put in is kept', () => {
    const others = `a=${'x'.repeat(8_150)}`;
    expect(writeBaggage(others, FORM)).toBe(others);
    expect(writeBaggage(`a=${'x'.repeat(9_000)}`, FORM)).toBe(OURS);
  });

  it('never throws, and is never longer than 8 KiB', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 9_000 }));
    fc.assert(
      fc.property(text, fc.string({ unit: 'grapheme' }), (header, segments) => {
        readBaggage(header);
        expect(Buffer.byteLength(writeBaggage(header, { ...FORM, key: segments }) ?? '')).toBeLessThanOrEqual(
          8_192,
        );
      }),
    );
  });
});
