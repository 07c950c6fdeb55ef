/**
 * MurmurHash3 x86 32-bit, seed 0, over the UTF-8 bytes of a text; the algorithm is Austin Appleby's public-domain
 * `MurmurHash3_x86_32`. Lone surrogates hash as U+FFFD, as every UTF-8 encoder writes them.
 */

/** A hash over some bytes that can go on: full blocks are mixed in, up to three bytes wait for their block. */
export interface HashState {
  readonly hash: number;
  readonly tail: number;
  /** Bits filled in `tail`: 0, 8, 16 or 24. */
  readonly bits: number;
  readonly bytes: number;
}

const EMPTY: HashState = { hash: 0, tail: 0, bits: 0, bytes: 0 };
const REPLACEMENT = 0xfffd;

function scramble(block: number): number {
  const scaled = Math.imul(block, 0xcc9e2d51);
  return Math.imul((scaled << 15) | (scaled >>> 17), 0x1b873593);
}

function mix(hash: number, block: number): number {
  const mixed = hash ^ scramble(block);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number, tail: number, bytes: number): number {
  let result = hash ^ scramble(tail) ^ bytes;
  result = Math.imul(result ^ (result >>> 16), 0x85ebca6b);
  result = Math.imul(result ^ (result >>> 13), 0xc2b2ae35);
  return result ^ (result >>> 16);
}

/** Code point at `index`, lone surrogates replaced. */
function codePointAt(text: string, index: number): number {
  const code = text.codePointAt(index) ?? REPLACEMENT;
  return code >= 0xd800 && code <= 0xdfff ? REPLACEMENT : code;
}

/** UTF-8 bytes of a code point, the first in the lowest byte. */
function packUtf8(code: number): number {
  if (code < 0x80) return code;
  if (code < 0x800) return 0x80c0 | (code >>> 6) | ((code & 0x3f) << 8);
  if (code < 0x10000) return 0x8080e0 | (code >>> 12) | (((code >>> 6) & 0x3f) << 8) | ((code & 0x3f) << 16);
  return (
    0x808080f0 |
    (code >>> 18) |
    (((code >>> 12) & 0x3f) << 8) |
    (((code >>> 6) & 0x3f) << 16) |
    ((code & 0x3f) << 24)
  );
}

function utf8Bits(code: number): number {
  if (code < 0x80) return 8;
  if (code < 0x800) return 16;
  return code < 0x10000 ? 24 : 32;
}

/** The state after `text`, going on from `state`. */
export function absorb(text: string, state: HashState = EMPTY): HashState {
  let { hash, tail, bits, bytes } = state;
  for (let index = 0; index < text.length; index++) {
    const code = codePointAt(text, index);
    if (code > 0xffff) index++;
    const packed = packUtf8(code);
    const added = utf8Bits(code);
    tail |= packed << bits;
    bytes += added >>> 3;
    if (bits + added >= 32) {
      hash = mix(hash, tail);
      // A shift by 32 is a shift by 0: a block that began empty leaves nothing over.
      tail = bits === 0 ? 0 : packed >>> (32 - bits);
      bits -= 32;
    }
    bits += added;
  }
  return { hash, tail, bits, bytes };
}

function hashUnicode(state: HashState, text: string): number {
  const after = absorb(text, state);
  return finish(after.hash, after.tail, after.bytes);
}

/**
 * Hash of what `state` has absorbed followed by `text`, as a signed 32-bit integer: V8 keeps that unboxed, so ASCII
 * texts allocate nothing.
 */
export function hashAfter(state: HashState, text: string): number {
  const length = text.length;
  let { hash, tail, bits } = state;
  let index = 0;
  let seen = 0;
  if (bits !== 0) {
    for (; bits < 32 && index < length; bits += 8) {
      const code = text.charCodeAt(index++);
      seen |= code;
      tail |= code << bits;
    }
    if (bits === 32) {
      hash = mix(hash, tail);
      tail = 0;
      bits = 0;
    }
  }
  for (; index + 4 <= length; index += 4) {
    const a = text.charCodeAt(index);
    const b = text.charCodeAt(index + 1);
    const c = text.charCodeAt(index + 2);
    const d = text.charCodeAt(index + 3);
    seen |= a | b | c | d;
    hash = mix(hash, a | (b << 8) | (c << 16) | (d << 24));
  }
  for (; index < length; bits += 8) {
    const code = text.charCodeAt(index++);
    seen |= code;
    tail |= code << bits;
  }
  return seen < 0x80 ? finish(hash, tail, state.bytes + length) : hashUnicode(state, text);
}

/** murmur3_32 of the UTF-8 bytes of `text`, seed 0: an integer in [0, 2^32). */
export function murmur3(text: string): number {
  return hashAfter(EMPTY, text) >>> 0;
}
