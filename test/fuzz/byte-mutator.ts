import type { Random } from './random.js';

/** What parsers stumble over. */
const TOKENS = [
  '"',
  '\\',
  '\\ud800',
  '\0',
  '{',
  '}',
  '[[[[[[[[',
  ']',
  ',',
  ':',
  '__proto__',
  'constructor',
  'null',
  '-0',
  '1e999',
  '9007199254740993',
  '-1',
  'true',
  '\r\n\r\n',
  '\n\n',
  'data:',
  '%00',
  '%',
  '../',
  '(?:a+)+$',
  '...on Query{',
  '@include(if:true)',
  '#',
  '"""',
  '\u2028',
  '\ufeff',
].map((text) => Buffer.from(text));
const BROKEN_UTF8 = [Buffer.from([0xff]), Buffer.from([0xc3]), Buffer.from([0xed, 0xa0, 0x80])];

type Mutation = (bytes: Buffer, random: Random) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) {
      const at = random.below(copy.length);
      copy[at] = (copy[at] as number) ^ (1 << random.below(8));
    }
    return copy;
  },
  (bytes, random) => insert(bytes, random, random.one(TOKENS)),
  (bytes, random) => insert(bytes, random, random.one(BROKEN_UTF8)),
  (bytes, random) => insert(bytes, random, Buffer.from([random.below(256)])),
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    return insert(bytes, random, bytes.subarray(from, to));
  },
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
];

/** A copy of `bytes` with one to four random changes. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  let mutated = bytes;
  for (let left = 1 + random.below(4); left > 0; left -= 1) mutated = random.one(MUTATIONS)(mutated, random);
  return mutated;
}

function insert(bytes: Buffer, random: Random, added: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)]);
}

function range(bytes: Buffer, random: Random): [number, number] {
  const from = random.below(bytes.length + 1);
  return [from, Math.min(bytes.length, from + random.below(32))];
}
