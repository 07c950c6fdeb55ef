import type { Guard } from '../guard.js';
import type { LatencyMemory, MeanMemory, RatioMemory } from './guard-memory.js';
import type { GuardRecord } from './guard-record.js';
import type { GuardSums } from './guard-sums.js';
import { meanHalfWidth } from './mean-evidence.js';
import { measuredBy } from './mean-sums.js';
import { ratioRange } from './ratio-range.js';
import { quantileRange, shareRange } from './share-range.js';

/**
 * Where a true figure lies with probability 1 − alpha (a quantile: each end by itself), whenever one looks; null ends are open. `ratio`: of the bad shares, new to
 * control. `newShare`, `controlShare`: bad share of an arm. `excess`: of the new arm's mean over what is allowed, in the unit of the
 * metric, more being worse. `newP50`, `controlP99` …: a quantile of an arm, in the unit of the histogram, at the watched bounds.
 */
export interface GuardRange {
  readonly name: string;
  readonly low: number | null;
  readonly high: number | null;
}

const QUANTILES = [0.5, 0.95, 0.99] as const;

/** What can be said of the true figures behind a record; nothing where a kind tells none, or nothing came yet. */
export function rangesOf(
  { kind, alpha, phi, margin }: Pick<Guard, 'kind' | 'alpha' | 'phi' | 'margin'>,
  { memory, sums, windows }: Pick<GuardRecord, 'memory' | 'sums' | 'windows'>,
): GuardRange[] {
  if (windows === 0) return [];
  switch (memory?.kind) {
    case 'ratio':
      return [...ratioRanges(memory, { alpha, phi }), ...shareRanges(sums, { alpha, phi }, margin !== null)];
    case 'latency':
      return latencyRanges(memory, { alpha, phi });
    case 'mean':
      return meanRanges(memory, { alpha, phi });
    case 'burn':
    case 'kOfN':
      return shareRanges(sums, { alpha, phi }, true);
    default:
      return plainRanges(kind, sums, { alpha, phi });
  }
}

/** Of kinds that remember nothing but sums. Events that one unit can do twice are no shares. */
function plainRanges(kind: Guard['kind'], sums: GuardSums, certainty: Certainty): GuardRange[] {
  const areShares = sums.newBad <= sums.newTotal && sums.controlBad <= sums.controlTotal;
  if (kind === 'ratio') return shareRanges(sums, certainty, false);
  return kind === 'drop' && areShares ? shareRanges(sums, certainty, true) : [];
}

interface Certainty {
  readonly alpha: number;
  readonly phi: number;
}

function ratioRanges({ likelihood }: RatioMemory, { alpha, phi }: Certainty): GuardRange[] {
  const range = ratioRange(
    likelihood.map((log) => log / phi),
    alpha,
  );
  return range === null ? [] : [{ name: 'ratio', ...range }];
}

/** Events that scatter φ times as much tell what a φ-th of them would. */
function shareRanges(sums: GuardSums, { alpha, phi }: Certainty, hasControl: boolean): GuardRange[] {
  const { newBad, newTotal, controlBad, controlTotal } = sums;
  const fresh = { name: 'newShare', ...shareRange(newBad / phi, newTotal / phi, alpha) };
  if (!hasControl) return [fresh];
  return [fresh, { name: 'controlShare', ...shareRange(controlBad / phi, controlTotal / phi, alpha) }];
}

function latencyRanges({ watched }: LatencyMemory, { alpha, phi }: Certainty): GuardRange[] {
  const bounds = watched.map(({ bound }) => bound);
  const arms = [
    { arm: 'new', slow: watched.map(({ sums }) => sums.newBad), total: watched[0]?.sums.newTotal ?? 0 },
    {
      arm: 'control',
      slow: watched.map(({ sums }) => sums.controlBad),
      total: watched[0]?.sums.controlTotal ?? 0,
    },
  ];
  return arms.flatMap(({ arm, slow, total }) => {
    const below = slow.map((count) => (total - count) / phi);
    return QUANTILES.map((q) => ({
      name: `${arm}P${q * 100}`,
      ...quantileRange({ bounds, below, total: total / phi }, q, alpha),
    }));
  });
}

function meanRanges({ sums, effect }: MeanMemory, certainty: Certainty): GuardRange[] {
  // Records of before may hold an effect of 0.
  if (!effect) return [];
  const found = measuredBy(sums, effect);
  if (found === null) return [];
  const half = effect * meanHalfWidth(found.error / effect, 1, certainty);
  return [{ name: 'excess', low: found.delta - half, high: found.delta + half }];
}
