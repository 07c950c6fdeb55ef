import type { Guard } from '../../guard.js';
import { accumulate } from '../accumulate.js';
import { allowedTimes } from '../allowed.js';
import type { LatencyMemory, WatchedBound } from '../guard-memory.js';
import type { GuardRecord } from '../guard-record.js';
import { addSums, NO_SUMS } from '../guard-sums.js';
import { latencyUnit } from '../latency-unit.js';
import { massOf } from '../mass.js';
import { noHarmLlr } from '../no-harm.js';
import type { BucketHistory, MetricWindow } from '../reading.js';
import { averageLogE, nextTail, ODDS_WEIGHTS, slowCounts, tailLlrs } from '../tail-evidence.js';
import type { Trouble } from '../trouble.js';
import { boundsToWatch } from '../watched-bounds.js';
import { oddsInWords, percentInWords } from '../words.js';
import type { Judging, KindRules } from './kind-rules.js';

/** Requests of the control from which on it shows what it usually does. */
const ENOUGH = 200;

/** The share of slow requests at several bounds of a histogram, each against the control's, and the mean of the evidence. */
export const latency: KindRules = {
  fits: () => true,
  wantsEarlier: (record) => memoryOf(record).watched.length === 0,
  begin: (record, earlier, guard) =>
    memoryOf(record).watched.length > 0 || totalOf(earlier.control) < ENOUGH
      ? record
      : { ...record, memory: chosen(earlier, guard) },
  troubleOf,
  apply,
  noHarmLlrs,
  trips: ({ logE, sums }, { minEvents }, line) => logE !== null && logE >= line && sums.newBad >= minEvents,
  warming: (record, guard) => {
    if (record.logE !== null) return null;
    const { watched, control, bounds } = memoryOf(record);
    if (watched.length > 0) return 'no window with traffic in both arms yet';
    if (totalOf(control) < ENOUGH)
      return `the control has had fewer than ${ENOUGH} requests to choose bounds from`;
    return `nearly all requests of the control are above the last bound, ${bounds.at(-1)}${latencyUnit(guard)}`;
  },
  words,
};

const NOTHING: LatencyMemory = { kind: 'latency', watched: [], bounds: [], control: [] };

function memoryOf({ memory }: GuardRecord): LatencyMemory {
  return memory?.kind === 'latency' ? memory : NOTHING;
}

/** A histogram without one of the bounds that are watched, or that are to be, tells nothing of it. */
function troubleOf(record: GuardRecord, { bounds }: MetricWindow, guard: Guard): Trouble | null {
  if (bounds === undefined) return { code: 'BAD_HISTOGRAM', words: 'the source tells no buckets' };
  const { watched } = memoryOf(record);
  const needed = watched.length > 0 ? watched.map(({ bound }) => bound) : (guard.latency?.bounds ?? []);
  const missing = needed.filter((bound) => !bounds.includes(bound));
  const unit = latencyUnit(guard);
  if (missing.length === 0) return null;
  const words = `the histogram has no bound at ${missing.join(', ')}${unit}, and this guard watches it: its bounds are ${bounds.join(', ')}`;
  return { code: 'BOUNDS_DIFFER', words };
}

function apply(record: GuardRecord, window: MetricWindow, judging: Judging): GuardRecord {
  const { new: fresh, control, bounds = [] } = window;
  if (control?.buckets === undefined) return record;
  // What the bounds are chosen from is not judged with them.
  const { watched } = memoryOf(record);
  if (watched.length === 0) return choose(record, { bounds, control: control.buckets }, judging.guard);
  if (fresh?.buckets === undefined) return record;
  const slow = slowCounts(fresh.buckets, control.buckets, bounds.indexOf(worstOf(watched).bound));
  const seen = { ...record, dataAt: window.to, lastBadAt: slow.newBad > 0 ? window.to : record.lastBadAt };
  return slow.newTotal * slow.controlTotal > 0 ? judged(seen, window, judging) : seen;
}

/** From what the control has had since the bounds are those that they are now. */
function choose(record: GuardRecord, { bounds, control }: BucketHistory, guard: Guard): GuardRecord {
  const known = memoryOf(record);
  const before = known.bounds.join() === bounds.join() ? known.control : [];
  const sum = control.map((count, i) => count + (before[i] ?? 0));
  const all = { bounds, control: sum };
  const memory = totalOf(sum) < ENOUGH ? { ...NOTHING, ...all } : chosen(all, guard);
  return { ...record, memory };
}

/** The bounds that the guard names, or else those that can tell something; where there are none, what was seen stays. */
function chosen({ bounds, control }: BucketHistory, guard: Guard): LatencyMemory {
  const watched = boundsToWatch(guard, bounds, control).map(({ bound, tail }) => unseen(bound, tail));
  return watched.length > 0 ? { ...NOTHING, watched } : { ...NOTHING, bounds, control };
}

function judged(record: GuardRecord, window: MetricWindow, { guard, plan }: Judging): GuardRecord {
  const { mass, planned } = massOf(window, plan, { spent: record.spent, first: record.logE === null });
  const next = (one: WatchedBound): WatchedBound => nextBound(one, window, { guard, mass });
  const watched = memoryOf(record).watched.map(next);
  const { sums, expected } = worstOf(watched);
  const logE = averageLogE(watched.map((one) => one.logE));
  return {
    ...record,
    memory: { ...NOTHING, watched },
    logE: logE === -Infinity ? null : logE,
    spent: Math.min(1, record.spent + planned),
    windows: record.windows + 1,
    sums,
    expected,
  };
}

function nextBound(
  watched: WatchedBound,
  { from, to, new: fresh, control, bounds = [] }: MetricWindow,
  { guard, mass }: { readonly guard: Guard; readonly mass: number },
): WatchedBound {
  const { bound, tail, logs } = watched;
  const counts = slowCounts(fresh?.buckets ?? [], control?.buckets ?? [], bounds.indexOf(bound));
  const llrs = tailLlrs(counts, tail, allowedTimes(guard));
  return {
    bound,
    ...accumulate(logs, llrs, { mass, phi: guard.phi, weights: ODDS_WEIGHTS }),
    tail: nextTail(tail, counts, to - from),
    sums: addSums(watched.sums, counts),
    expected: watched.expected + (counts.newTotal * counts.controlBad) / counts.controlTotal,
  };
}

/** At each watched bound by itself: no harm is shown where it is at all. */
function noHarmLlrs(window: MetricWindow, record: GuardRecord): number[] {
  const { new: fresh, control, bounds = [] } = window;
  if (fresh?.buckets === undefined || control?.buckets === undefined) return [];
  const arms = [fresh.buckets, control.buckets] as const;
  return memoryOf(record).watched.map(({ bound }) => noHarmLlr(slowCounts(...arms, bounds.indexOf(bound))));
}

function words(guard: Guard, record: GuardRecord): string {
  const { sums, expected, logE } = record;
  const { bound } = worstOf(memoryOf(record).watched);
  const times = expected === 0 ? 'in the new arm only' : `${(sums.newBad / expected).toFixed(1)}× control`;
  const shares = `${percentInWords(sums.newBad / sums.newTotal)} against ${percentInWords(expected / sums.newTotal)}`;
  return `requests above ${bound}${latencyUnit(guard)} ${times} (${shares}, odds ${oddsInWords(logE)})`;
}

/** The one with the most evidence; there is one at least. */
function worstOf([first, ...rest]: readonly WatchedBound[]): WatchedBound {
  const begun = first ?? unseen(0, 0);
  return rest.reduce((a, b) => ((b.logE ?? -Infinity) > (a.logE ?? -Infinity) ? b : a), begun);
}

/** A bound that nothing was judged by yet. */
function unseen(bound: number, tail: number): WatchedBound {
  return { bound, tail, logs: [], logE: null, sums: NO_SUMS, expected: 0 };
}

function totalOf(buckets: readonly number[]): number {
  return buckets.reduce((all, count) => all + count, 0);
}
