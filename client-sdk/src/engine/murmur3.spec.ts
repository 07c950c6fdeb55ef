import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { bucket } from './bucket.js';
import { murmur3 } from './murmur3.js';

/** MurmurHash3_x86_32 straight from its reference, over bytes: slow and plain. */
function referenceHash(bytes: Uint8Array): number {
  const rotate = (value: number, by: number) => (value << by) | (value >>> (32 - by));
  const block = (word: number) => Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const full = bytes.length - (bytes.length % 4);
  let hash = 0;
  for (let at = 0; at < full; at += 4) {
    hash = (Math.imul(rotate(hash ^ block(view.getInt32(at, true)), 13), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= full; at--) tail = (tail << 8) | (bytes[at] ?? 0);
  hash ^= block(tail) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 })
    .map((units) => String.fromCharCode(...units)),
);

describe('murmur3', () => {
  it.each([
    ['', 0x0000_0000],
    ['hello', 0x248b_fa47],
    ['hello, world', 0x149b_bb7f],
    ['The quick brown fox jumps over the lazy dog', 0x2e4f_f723],
    ['19 Jan 2038 at 3:14:07 AM', 0xe31e_8a70],
    ['abc', 0xb3dd_93fa],
    ['abcd', 0x43ed_676a],
  ])('of %j is the published value', (input, expected) => {
    expect(murmur3(input)).toBe(expected);
  });

  it('agrees with the reference over UTF-8 for any text, lone surrogates included', () => {
    fc.assert(
      fc.property(text, (input) => {
        expect(murmur3(input)).toBe(referenceHash(new TextEncoder().encode(input)));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('bucket', () => {
  it('is the integer share of the 32-bit range that flagd computes, whatever salt and key', () => {
    fc.assert(
      fc.property(text, text, fc.constantFrom(10_000, 100_000, 1, 7, 2 ** 20), (salt, key, total) => {
        const hash = referenceHash(new TextEncoder().encode(`${salt}:${key}`));
        expect(bucket(salt, key, total)).toBe(Number((BigInt(hash) * BigInt(total)) >> 32n));
      }),
      { numRuns: 2_000 },
    );
  });
});
