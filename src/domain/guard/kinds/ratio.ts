import type { Guard } from '../../guard.js';
import { accumulate, type Evidence, RATIO_GRID } from '../accumulate.js';
import type { RatioMemory } from '../guard-memory.js';
import type { GuardRecord } from '../guard-record.js';
import { addSums, type GuardSums } from '../guard-sums.js';
import { massOf } from '../mass.js';
import { noExcessLlr, noHarmLlr } from '../no-harm.js';
import { poissonAbsLlr } from '../poisson-abs-llr.js';
import { ratioLlrs } from '../ratio-evidence.js';
import { addRatioWindow } from '../ratio-range.js';
import { badIn, type MetricWindow } from '../reading.js';
import { addRecent } from '../recent.js';
import type { PairedCounts } from '../split-llr.js';
import { addedUp, comparedIn, expectedIn, sumOf } from '../strata.js';
import { countInWords, oddsInWords, percentInWords } from '../words.js';
import { againstExpected, decisive, timesInWords } from './decisive-windows.js';
import type { Judging, KindRules } from './kind-rules.js';
import { noTraffic } from './no-traffic.js';
import { newAndControl } from './paired-of.js';

/** The alternative that tells which windows speak against the new arm: twice what is allowed. */
const TWICE = RATIO_GRID.indexOf(2);

/** The bad share of all, against that of the control (`margin`), by itself (`threshold`), or both: worse than the control and above a floor. */
export const ratio: KindRules = {
  fits: ({ bad, total }) => bad <= total,
  apply,
  noHarmLlrs,
  trips: ({ logE, sums }, { minEvents }, line) => logE !== null && logE >= line && sums.newBad >= minEvents,
  warming: noTraffic,
  words: (guard, record) =>
    guard.margin === null ? againstThreshold(guard, record) : againstControl(guard, record),
};

function apply(record: GuardRecord, window: MetricWindow, judging: Judging): GuardRecord {
  const { guard } = judging;
  const seen = { ...record, lastBadAt: badIn(window.new) ? window.to : record.lastBadAt };
  if (window.new === null || (guard.margin !== null && window.control === null)) return seen;
  const withData = { ...seen, dataAt: window.to };
  const compared = judgedIn(window, guard);
  return compared.length > 0 ? addEvidence(withData, window, { ...judging, compared }) : withData;
}

function noHarmLlrs(window: MetricWindow, _: GuardRecord, guard: Guard): number[] {
  const { margin, threshold } = guard;
  return addedUp(judgedIn(window, guard), (counts) => [
    margin === null ? noExcessLlr(counts, threshold ?? 1) : noHarmLlr(counts),
  ]);
}

function addEvidence(
  record: GuardRecord,
  window: MetricWindow,
  { compared, guard, plan }: Judging & { readonly compared: readonly PairedCounts[] },
): GuardRecord {
  const { mass, planned } = massOf(window, plan, { spent: record.spent, first: record.logE === null });
  const llrs = addedUp(compared, (counts) => llrsOf(counts, guard));
  const evidence = accumulate(record.logs, llrs, { mass, phi: guard.phi });
  const memory = guard.margin === null ? null : remembered(record, compared, { guard, mass });
  const counts = sumOf(compared);
  const expected = guard.margin === null ? counts.newTotal * (guard.threshold ?? 1) : expectedIn(compared);
  return {
    ...record,
    logs: evidence.logs,
    logE: lesser(evidence.logE, memory?.floor),
    memory,
    spent: Math.min(1, record.spent + planned),
    windows: record.windows + 1,
    sums: addSums(record.sums, counts),
    expected: record.expected + expected,
    recent: addRecent(record.recent, window, { llr: llrs[TWICE] ?? 0, counts, expected }),
  };
}

/** Both must be passed, the margin and the floor below it: the smaller evidence is evidence against either being kept. */
function lesser(logE: number | null, floor: Evidence | null | undefined): number | null {
  if (!floor || logE === null) return logE;
  return floor.logE === null ? null : Math.min(logE, floor.logE);
}

const NOTHING: RatioMemory = { kind: 'ratio', noHarm: 0, likelihood: [], floor: null };

function remembered(
  { memory }: GuardRecord,
  compared: readonly PairedCounts[],
  { guard, mass }: { readonly guard: Guard; readonly mass: number },
): RatioMemory {
  const before = memory?.kind === 'ratio' ? memory : NOTHING;
  const { phi, threshold } = guard;
  const logs = before.floor?.logs ?? [];
  return {
    kind: 'ratio',
    noHarm: before.noHarm + compared.reduce((sum, counts) => sum + noHarmLlr(counts), 0) / phi,
    likelihood: compared.reduce(addRatioWindow, before.likelihood),
    floor:
      threshold === null ? null : accumulate(logs, excessLlrs(sumOf(compared), threshold), { mass, phi }),
  };
}

function llrsOf(counts: PairedCounts, { margin, threshold }: Guard): number[] {
  if (margin !== null) return ratioLlrs(counts, margin);
  return excessLlrs(counts, threshold ?? 1);
}

function excessLlrs({ newBad, newTotal }: PairedCounts, allowed: number): number[] {
  return RATIO_GRID.map((step) => poissonAbsLlr(newBad, newTotal, allowed, allowed * step));
}

/** What has traffic in the arms that this guard looks at: a threshold needs no control. */
function judgedIn(window: MetricWindow, guard: Guard): PairedCounts[] {
  if (guard.margin !== null) return comparedIn(window, guard);
  const counts = newAndControl(window);
  return counts === null || counts.newTotal === 0 ? [] : [counts];
}

/** What is told: of the windows that decided, where there was a time before them that did not. */
function againstControl(guard: Guard, record: GuardRecord): string {
  const { sums, expected, span } = decisive(record);
  const seen = againstExpected({ sums, expected }, record.logE);
  const name = nameOf(guard);
  if (expected === 0) return `${name} in the new arm only${span} (${seen})`;
  const all = span === '' ? '' : `; ${timesInWords(record, 1)} in all`;
  return `${name} ${timesInWords({ sums, expected }, 1)} control${floorOf(guard, sums)}${span} (${seen}${all})`;
}

function floorOf({ threshold }: Guard, { newBad, newTotal }: GuardRecord['sums']): string {
  if (threshold === null) return '';
  return ` and ${percentInWords(newBad / newTotal)} against at most ${percentInWords(threshold)}`;
}

function againstThreshold(guard: Guard, record: GuardRecord): string {
  const { sums, span } = decisive(record);
  const all = span === '' ? '' : `; ${shareInWords(record.sums)} in all`;
  const seen = `${countInWords(sums.newBad)} of ${countInWords(sums.newTotal)}, odds ${oddsInWords(record.logE)}${all}`;
  return `${nameOf(guard)} ${shareInWords(sums)} against at most ${percentInWords(guard.threshold ?? 1)}${span} (${seen})`;
}

function shareInWords({ newBad, newTotal }: GuardSums): string {
  return percentInWords(newBad / newTotal);
}

function nameOf(guard: Guard): string {
  return guard.events === null ? 'errors' : `"${guard.events.bad}"`;
}
