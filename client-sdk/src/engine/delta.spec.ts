import { describe, expect, it } from '@jest/globals';
import { sampleFlag, sampleSegment, sampleSnapshot } from '../../../test/support/sample-documents.js';
import { applyDelta } from './delta.js';
import type { SnapshotDelta } from './snapshot.js';

const before = sampleSnapshot({
  flags: [sampleFlag('a'), sampleFlag('b')],
  segments: [sampleSegment('s')],
  events: { paid: ['a'] },
});

function delta(changes: Partial<SnapshotDelta>): SnapshotDelta {
  const empty = { flags: [], segments: [], segmentChanges: [], routes: [], deleted: [], events: {} };
  return { epoch: 'x', from: 1, revision: 2, ...empty, ...changes };
}

describe('a delta', () => {
  it('changes in place, adds at the end, deletes, and leaves the given snapshot and unchanged documents alone', () => {
    const changed = sampleFlag('a');
    const after = applyDelta(
      before,
      delta({
        flags: [sampleFlag('c'), changed],
        deleted: [
          { kind: 'flag', key: 'b' },
          { kind: 'route', key: 'a' },
        ],
        events: { left: ['c'] },
      }),
    );
    expect(after).toMatchObject({ environment: 'e', epoch: 'x', revision: 2, events: { left: ['c'] } });
    expect(after.flags.map(({ key }) => key)).toEqual(['a', 'c']);
    expect(after.flags[0]).toBe(changed);
    expect(after.segments).toBe(before.segments);
    expect(before.flags.map(({ key }) => key)).toEqual(['a', 'b']);
  });

  it('keeps a document that was deleted and made again', () => {
    const after = applyDelta(
      before,
      delta({ flags: [sampleFlag('a')], deleted: [{ kind: 'flag', key: 'a' }] }),
    );
    expect(after.flags.map(({ key }) => key)).toEqual(['b', 'a']);
  });

  it.each([
    ['of another epoch', { epoch: 'y' }],
    ['that starts later', { from: 2 }],
    ['that starts earlier', { from: 0 }],
  ])('%s is a RangeError', (_, change) => {
    expect(() => applyDelta(before, delta(change))).toThrow(RangeError);
  });
});
