import { describe, expect, it } from '@jest/globals';
import { guardOf, imageOf, withState } from '../../../test/support/image.js';
import { judgeWindows, windowAt } from '../../../test/support/judging.js';
import type { GuardRecord } from '../guard/guard-record.js';
import type { Scatter } from '../guard/scatter.js';
import { stateKey } from '../image.js';
import { guardEvidence } from './guard-evidence.js';

const GUARD = { key: 'errors', source: 'prometheus', template: 'envoy', margin: 1.2 } as const;
const SUBJECT = 'rollout/checkout';
const { record } = judgeWindows([windowAt(0, { bad: 40, total: 5_000 }, { bad: 400, total: 95_000 })], {
  guard: GUARD,
});

function widthOf(scatter: Scatter | undefined): number {
  const image = withState(imageOf(guardOf(GUARD)), stateKey.guard('errors', SUBJECT), {
    ...record,
    scatter,
  });
  const drawn = guardEvidence(image, { guard: 'errors', subject: SUBJECT }, 5_000);
  const { low, high } = drawn?.ranges.find(({ name }) => name === 'ratio') ?? {};
  return (high ?? NaN) / (low ?? NaN);
}

describe('what is drawn of a guard', () => {
  it('has the ranges of the phi that it judges by: wider where history speaks for more', () => {
    expect(widthOf({ phi: 12, reason: null })).toBeGreaterThan(widthOf(undefined));
    expect(widthOf({ phi: 1, reason: null })).toBe(widthOf(undefined));
  });

  it('has line and curve of a trip from the moment on that it is kept, before a point of it is', () => {
    const trip = { at: 5_000, evidence: { words: 'errors 4× control', threshold: 4.6052 } };
    const tripped: GuardRecord = { ...record, state: 'tripped', trip };
    const image = withState(imageOf(guardOf(GUARD)), stateKey.guard('errors', SUBJECT), tripped);
    expect(guardEvidence(image, { guard: 'errors', subject: SUBJECT }, 5_000)).toMatchObject({
      state: 'tripped',
      tripLine: 4.6052,
      curve: [{ tripLine: 4.6052, newBad: 40, newTotal: 5_000 }],
    });
  });
});
