import { describe, expect, it } from '@jest/globals';
import { murmur3 } from '@tidegate/sdk/engine';
import { judgeWindows, windowAt } from '../../../test/support/judging.js';
import type { GuardInput } from '../guard.js';
import { JUDGE_VERSION } from './judge-version.js';
import type { ArmCounts, MetricWindow } from './reading.js';
import { seeded } from './seeded-counts.js';

const BOUNDS = [50, 100, 250];
const KINDS: readonly (readonly [string, Partial<GuardInput>])[] = [
  ['a ratio', { margin: 1.2, phi: 1.5 }],
  ['a ratio above a floor', { margin: 1.2, threshold: 0.01 }],
  ['a threshold', { threshold: 0.03 }],
  ['a latency', { kind: 'latency', margin: 1.1, latency: { bounds: [100, 250] } }],
  ['a mean', { kind: 'mean', margin: 1.05 }],
  ['a drop', { kind: 'drop', margin: 0.95 }],
  ['a burn rate', { kind: 'burn', burn: { slo: 0.99 } }],
  ['k of n', { kind: 'kOfN', threshold: 0.06, kOfN: { k: 3, of: 5 } }],
  ['a topline', { kind: 'topline', topline: { slo: 0.99 } }],
];

/** What one arm had: `share` of some hundred is bad, and half as much again is slow. */
function counts(random: () => number, size: number, share: number): ArmCounts {
  const total = size + Math.floor(random() * size);
  const part = (of: number): number => Math.floor(total * of * (0.5 + random()));
  const [bad, slow, slower] = [part(share), part(share), part(share / 2)];
  const buckets = [total - 2 * slow - slower, slow, slow, slower];
  return {
    bad,
    total,
    sum: total * 80 + part(40),
    buckets,
    sums: buckets.map((count, i) => count * 60 * (i + 1)),
  };
}

/** Ten healthy minutes, and five in which the new arm fails three times as often. */
function windows(): MetricWindow[] {
  const random = seeded(7);
  return Array.from({ length: 180 }, (_, i) =>
    windowAt(i, counts(random, 200, i < 120 ? 0.02 : 0.06), counts(random, 900, 0.02), BOUNDS),
  );
}

/** To 12 digits: how the last bits of a logarithm are rounded is the machine's affair. */
function digestOf(guard: Partial<GuardInput>): string {
  const { record, decision } = judgeWindows(windows(), { guard });
  const text = JSON.stringify({ decision, record }, (_, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(12) : value,
  );
  return murmur3(text).toString(16).padStart(8, '0');
}

describe('the judgement', () => {
  it('comes to the same as ever, unless its version says otherwise: where this fails, raise JUDGE_VERSION and pin what is new', () => {
    const digests = KINDS.map(([name, guard]) => [name, digestOf(guard)]);
    expect({ version: JUDGE_VERSION, ...Object.fromEntries(digests) }).toEqual({
      version: 4,
      'a ratio': 'da07c9fb',
      'a ratio above a floor': 'c3133c42',
      'a threshold': 'f18a6a7f',
      'a latency': '20fb4977',
      'a mean': '6acc08dd',
      'a drop': '4e95e8ca',
      'a burn rate': '1b522673',
      'k of n': '0523c91e',
      'a topline': '721b4cf5',
    });
  });
});
