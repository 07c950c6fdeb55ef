import type { Guard } from '../../guard.js';
import { burnRate } from '../burn-rate.js';
import type { BurnMemory } from '../guard-memory.js';
import type { GuardRecord } from '../guard-record.js';
import { addSums, type GuardSums, NO_SUMS } from '../guard-sums.js';
import type { MetricWindow } from '../reading.js';
import { countInWords, percentInWords, secondsInWords } from '../words.js';
import type { Judging, KindRules } from './kind-rules.js';
import { newAndControl } from './paired-of.js';

/** A pair keeps so many cells of its short span; of the long one as many more as that is longer. */
const CELLS = 6;

type Pair = NonNullable<Guard['burn']>['pairs'][number];
type Cell = BurnMemory['pairs'][number][number];

/**
 * How fast the budget of errors is spent, over a long and a short span that end with the last window: a rule of thumb, with no stated
 * rate of false alarms. Suspended while the control spends as fast. Google, "The Site Reliability Workbook", ch. 5.
 */
export const burn: KindRules = {
  fits: ({ bad, total }) => bad <= total,
  apply,
  trips: (record, guard) => burning(record, guard).some(({ isBoth }) => !isBoth),
  warming: ({ windows }) => (windows === 0 ? 'no window with traffic in the new arm yet' : null),
  isSuspect: (record, guard) => burning(record, guard).length > 0,
  words,
};

function apply(record: GuardRecord, window: MetricWindow, { guard }: Judging): GuardRecord {
  const counts = newAndControl(window);
  if (counts === null) return record;
  const lastBadAt = counts.newBad > 0 ? window.to : record.lastBadAt;
  const seen = { ...record, dataAt: window.to, lastBadAt };
  if (counts.newTotal === 0) return seen;
  const { slo, pairs } = settingsOf(guard);
  const before = memoryOf(record).pairs;
  return {
    ...seen,
    memory: {
      kind: 'burn',
      pairs: pairs.map((pair, i) => nextCells(before[i] ?? [], { pair, at: window.to, counts })),
    },
    windows: record.windows + 1,
    sums: addSums(record.sums, counts),
    expected: record.expected + counts.newTotal * (1 - slo),
  };
}

function nextCells(
  cells: readonly Cell[],
  { pair, at, counts }: { readonly pair: Pair; readonly at: number; readonly counts: GuardSums },
): Cell[] {
  const length = (pair.short * 1_000) / CELLS;
  const number = Math.ceil(at / length);
  const kept = cells.filter((cell) => cell.number > number - (pair.long * 1_000) / length);
  const last = kept.at(-1);
  if (last?.number !== number) return [...kept, { number, sums: counts }];
  return [...kept.slice(0, -1), { number, sums: addSums(last.sums, counts) }];
}

/** A pair of spans in which the new arm spends too fast; `isBoth`: and so does the control. */
interface Burning {
  readonly pair: Pair;
  readonly long: number;
  readonly short: number;
  readonly isBoth: boolean;
}

function burning(record: GuardRecord, guard: Guard): Burning[] {
  const { slo, pairs } = settingsOf(guard);
  const { pairs: kept } = memoryOf(record);
  return pairs.flatMap((pair, i) => {
    const { long, short } = spansOf(kept[i] ?? []);
    const rates = {
      long: burnRate(long.newBad, long.newTotal, slo),
      short: burnRate(short.newBad, short.newTotal, slo),
    };
    if (Math.min(rates.long, rates.short) < pair.rate || long.newBad < guard.minEvents) return [];
    const control = [long, short].map((sums) => burnRate(sums.controlBad, sums.controlTotal, slo));
    return [{ pair, ...rates, isBoth: Math.min(...control) >= pair.rate }];
  });
}

function spansOf(cells: readonly Cell[]): { readonly long: GuardSums; readonly short: GuardSums } {
  const newest = cells.at(-1)?.number ?? 0;
  const sumOf = (some: readonly Cell[]): GuardSums =>
    some.reduce((sum, cell) => addSums(sum, cell.sums), NO_SUMS);
  return { long: sumOf(cells), short: sumOf(cells.filter(({ number }) => number > newest - CELLS)) };
}

function memoryOf({ memory }: GuardRecord): BurnMemory {
  return memory?.kind === 'burn' ? memory : { kind: 'burn', pairs: [] };
}

function settingsOf({ burn: settings }: Guard): NonNullable<Guard['burn']> {
  return settings ?? { slo: 0.99, pairs: [] };
}

function words(guard: Guard, record: GuardRecord): string {
  const { slo } = settingsOf(guard);
  const [found] = burning(record, guard).sort((a, b) => Number(a.isBoth) - Number(b.isBoth));
  const seen = `${countInWords(record.sums.newBad)} of ${countInWords(record.sums.newTotal)} in all`;
  if (found === undefined) return `the budget of ${percentInWords(1 - slo)} is kept (${seen})`;
  const { pair, long, short, isBoth } = found;
  const spans = `${long.toFixed(1)}× over ${secondsInWords(pair.long * 1_000)} and ${short.toFixed(1)}× over ${secondsInWords(pair.short * 1_000)}`;
  const both = isBoth ? ', and so is that of the control' : '';
  return `the budget of ${percentInWords(1 - slo)} is spent ${spans} as fast as allowed, at most ${pair.rate}× (${seen})${both}`;
}
