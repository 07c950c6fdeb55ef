import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Snapshot } from '../../engine/index.js';
import { valueFlag } from '../value-flag.js';
import { parseHeader, readSnapshotText, writeSnapshotText } from './snapshot-text.js';

const SAVED = '2026-01-02T03:04:05.000Z';
const snapshot = (values: readonly unknown[]): Snapshot => ({
  environment: 'production',
  epoch: 'e',
  revision: 7,
  flags: values.map((value, index) => valueFlag(`f${index}`, value as never)),
  segments: [],
  routes: [],
  events: { failed: ['f0'] },
});
const bytesOf = (given: Snapshot): Buffer =>
  Buffer.from([...writeSnapshotText(given, { savedAt: SAVED })].join(''));

describe('the text of a snapshot', () => {
  it('reads as it was written, whatever the values are', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 5 }), (values) => {
        const given = JSON.parse(JSON.stringify(snapshot(values))) as Snapshot;
        expect(readSnapshotText(bytesOf(given))).toEqual({ snapshot: given, savedAt: SAVED });
      }),
    );
  });

  it('says what it is in its first line', () => {
    const [line = ''] = bytesOf(snapshot([])).toString().split('\n');
    expect(parseHeader(line)).toMatchObject({ epoch: 'e', revision: 7, savedAt: SAVED });
    expect(parseHeader('{"format":"other"}')).toBeNull();
  });

  it('comes in pieces, so that none is large', () => {
    const pieces = [
      ...writeSnapshotText(snapshot(Array.from({ length: 2_000 }, (_, i) => i)), { savedAt: SAVED }),
    ];
    expect(pieces.length).toBeGreaterThan(5);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(70_000);
  });

  it('is refused when any byte of it was lost or is another', () => {
    const whole = bytesOf(snapshot([true, 'x']));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        expect(() => readSnapshotText(whole.subarray(0, at))).toThrow();
        const bent = Buffer.from(whole);
        bent[at] = (bent[at] as number) ^ by;
        expect(() => readSnapshotText(bent)).toThrow();
      }),
    );
  });

  it('takes the bare JSON of a snapshot too, as the server gives it', () => {
    const given = snapshot([1]);
    expect(readSnapshotText(Buffer.from(JSON.stringify(given, null, 2)))).toEqual({
      snapshot: given,
      savedAt: null,
    });
  });

  it.each([
    ['of a later version', '{"format":"tidegate-snapshot","version":2}\n{}\n', 'version 2'],
    ['no JSON', 'flags: []', 'no JSON'],
    ['no snapshot', '{"flags":[]}', 'no snapshot'],
    ['empty', '', 'no JSON'],
  ])('says of a text why it can not be used: %s', (_, text, why) => {
    expect(() => readSnapshotText(Buffer.from(text))).toThrow(why);
  });
});
