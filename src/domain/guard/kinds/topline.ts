import type { Guard } from '../../guard.js';
import { burnRate } from '../burn-rate.js';
import type { ToplineMemory } from '../guard-memory.js';
import type { GuardRecord } from '../guard-record.js';
import { addSums } from '../guard-sums.js';
import type { MetricWindow } from '../reading.js';
import { countInWords, percentInWords, secondsInWords } from '../words.js';
import type { Judging, KindRules } from './kind-rules.js';
import { newAndControl } from './paired-of.js';

/** It must be going on now, too: over the last minute, ms. */
const LATELY = 60_000;
/** Windows that this is told by, at most. */
const MOST = 60;

/**
 * How fast both arms together spend the budget of errors after a step of the rollout: damage to what they share, of which a comparison
 * sees nothing. A rule of thumb, with no stated rate of false alarms: what else goes wrong in that time counts as well.
 */
export const topline: KindRules = {
  fits: ({ bad, total }) => bad <= total,
  apply,
  trips: (record, guard) => {
    const { slo, rate } = settingsOf(guard);
    const { bad, total, recent } = memoryOf(record);
    if (bad < guard.minEvents || burnRate(bad, total, slo) < rate) return false;
    return burnRate(sumOf(recent, 'bad'), sumOf(recent, 'total'), slo) >= rate;
  },
  warming: ({ windows }) => (windows === 0 ? 'no window with traffic yet' : null),
  words,
};

function apply(record: GuardRecord, window: MetricWindow, { guard, step }: Judging): GuardRecord {
  const counts = newAndControl(window);
  if (counts === null) return record;
  const bad = counts.newBad + counts.controlBad;
  const total = counts.newTotal + counts.controlTotal;
  const seen = { ...record, dataAt: window.to, lastBadAt: counts.newBad > 0 ? window.to : record.lastBadAt };
  if (total === 0) return seen;
  return {
    ...seen,
    memory: sinceStep(
      memoryOf(record),
      { at: window.to, bad, total },
      { window, guard, since: step?.startedAt ?? 0 },
    ),
    windows: record.windows + 1,
    sums: addSums(record.sums, counts),
    expected: record.expected + counts.newTotal * (1 - settingsOf(guard).slo),
  };
}

interface Seen {
  /** End of the window, epoch ms. */
  readonly at: number;
  readonly bad: number;
  readonly total: number;
}

/** A window that began before the step says nothing of it; one that ends too late after it is none of its doing. */
function sinceStep(
  memory: ToplineMemory,
  seen: Seen,
  { window, guard, since }: { readonly window: MetricWindow; readonly guard: Guard; readonly since: number },
): ToplineMemory {
  const known =
    memory.since === since ? memory : { kind: 'topline' as const, since, bad: 0, total: 0, recent: [] };
  if (window.from < since) return known;
  if (window.to > since + settingsOf(guard).within * 1_000) return { ...known, bad: 0, total: 0, recent: [] };
  const recent = [...known.recent, seen].filter(({ at }) => at > seen.at - LATELY).slice(-MOST);
  return { ...known, bad: known.bad + seen.bad, total: known.total + seen.total, recent };
}

function memoryOf({ memory }: GuardRecord): ToplineMemory {
  return memory?.kind === 'topline' ? memory : { kind: 'topline', since: 0, bad: 0, total: 0, recent: [] };
}

function settingsOf({ topline: settings }: Guard): NonNullable<Guard['topline']> {
  return settings ?? { slo: 0.99, rate: 14.4, within: 900 };
}

function sumOf(recent: ToplineMemory['recent'], name: 'bad' | 'total'): number {
  return recent.reduce((sum, one) => sum + one[name], 0);
}

function words(guard: Guard, record: GuardRecord): string {
  const { slo, rate, within } = settingsOf(guard);
  const { bad, total } = memoryOf(record);
  const budget = `the budget of ${percentInWords(1 - slo)}`;
  if (total === 0)
    return `nothing in the ${secondsInWords(within * 1_000)} after a step; ${budget} is looked at then`;
  const spent = burnRate(bad, total, slo).toFixed(1);
  return `both arms together spend ${budget} ${spent}× as fast as allowed since the step, at most ${rate}× (${countInWords(bad)} of ${countInWords(total)})`;
}
