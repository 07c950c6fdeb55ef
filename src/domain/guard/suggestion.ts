import { grouped } from '../grouped.js';
import { type Guard, USUAL_PHI } from '../guard.js';
import { lastingRatio, MOST_PHI, suggestedMargin, suggestedPhi } from './dispersion.js';
import { addSums, NO_SUMS } from './guard-sums.js';
import { pairedOf } from './kinds/paired-of.js';
import { mergeWindows } from './merge-windows.js';
import type { MetricWindow } from './reading.js';
import type { PairedCounts } from './split-llr.js';
import { slowCounts } from './tail-evidence.js';
import { type BoundToWatch, boundsToWatch, bucketsOf } from './watched-bounds.js';

/** Lengths of windows in which scatter is looked for, ms. */
const SCALES = [5_000, 60_000, 300_000, 1_200_000] as const;
/** Windows of a scale, bad events in all, and time that history must have to say something. */
const LEAST_WINDOWS = 6;
const LEAST_BAD = 50;
const LEAST_SPAN = 3_600_000;
/** What an hour may lack at its ends, ms, beside a window at each: scrapes that are late. */
const ENDS = 240_000;
/** Bad events a pod must have on average, so that its share is more than luck. */
const LEAST_BAD_OF_POD = 100;

/** Bad events and all, of one exporter. */
export interface PodShare {
  readonly pod: string;
  readonly bad: number;
  readonly total: number;
}

/** A past period in which nothing was wrong. */
export interface PastPeriod {
  /** Of two parts that run the same code, or two arms that are equally good. */
  readonly windows: readonly MetricWindow[];
  /** Usual length of a window, ms. */
  readonly windowLength: number;
  readonly pods: readonly PodShare[];
}

/** How much more than independent events it scatters in windows of this length; 1.3 times the estimate. */
export interface ScaleFigure {
  readonly seconds: number;
  readonly windows: number;
  readonly phi: number;
}

export interface Suggestion {
  /** At most what history may say, `MOST_PHI`. */
  readonly phi: number;
  /** Null for kinds that take none. */
  readonly margin: number | null;
  /** Of a histogram those that can tell something, in its unit; null: not known, or no latency. */
  readonly bounds: readonly number[] | null;
  /** Why phi is a default and not from history, or not all that history speaks for; null where it is just that. */
  readonly reason: string | null;
  /** Windows that both parts had data in. */
  readonly windows: number;
  readonly bad: number;
  readonly total: number;
  readonly scales: readonly ScaleFigure[];
  /** Those that the margin comes from; empty: it is the default. */
  readonly pods: readonly PodShare[];
}

type Counted = (window: MetricWindow) => PairedCounts | null;

/** Overdispersion, margin and watched bounds for a guard out of a past period, or the defaults where that tells too little. */
export function suggestionOf(guard: Pick<Guard, 'kind' | 'latency'>, past: PastPeriod): Suggestion {
  const last = past.windows.at(-1)?.bounds?.join();
  const judged = past.windows.filter(
    (window) => window.new !== null && window.control !== null && window.bounds?.join() === last,
  );
  const bounds = guard.kind === 'latency' ? boundsOf(judged, guard) : null;
  const counts = countsOf(judged, bounds);
  const figures = counts.map((counted) => sumOf(judged, counted));
  const bad = Math.max(0, ...figures.map((sum) => sum.newBad + sum.controlBad));
  const total = Math.max(0, ...figures.map((sum) => sum.newTotal + sum.controlTotal));
  const lack = tooLittle(guard, { judged, windowLength: past.windowLength, bad });
  const scales = lack === null ? scalesOf(judged, past.windowLength, counts) : [];
  const spoken = spokenFor(scales);
  const pods = telling(past.pods) ? past.pods : [];
  return {
    phi: lack === null ? Math.min(spoken, MOST_PHI) : USUAL_PHI[guard.kind],
    margin: marginOf(guard.kind, pods),
    bounds: bounds?.map(({ bound }) => bound) ?? null,
    reason: lack ?? unsteadiness('the two parts were not steady beside each other', spoken),
    windows: judged.length,
    bad,
    total,
    scales,
    pods,
  };
}

/** What the scales of a history speak for, however much that is. */
export function spokenFor(scales: readonly Pick<ScaleFigure, 'phi'>[]): number {
  return Math.max(1, ...scales.map(({ phi }) => phi));
}

/** That a history speaks for more than it may say; null where it does not. `who`: the words it begins with. */
export function unsteadiness(who: string, spoken: number): string | null {
  if (spoken <= MOST_PHI) return null;
  const much = Math.round(spoken).toLocaleString('en');
  return `${who}: that speaks for a phi of ${much}, and ${MOST_PHI} is the most that history may say`;
}

function boundsOf(judged: readonly MetricWindow[], guard: Pick<Guard, 'latency'>): BoundToWatch[] {
  const bounds = judged.at(-1)?.bounds ?? [];
  const arms = judged.flatMap(({ control, new: fresh }) => [control, fresh]);
  return boundsToWatch(guard, bounds, bucketsOf(arms, bounds));
}

/** Bad and all, as the kind counts them; of latency once for each watched bound. */
function countsOf(judged: readonly MetricWindow[], bounds: readonly BoundToWatch[] | null): Counted[] {
  if (bounds === null) return [pairedOf];
  return bounds.map(
    ({ index }) =>
      ({ new: fresh, control }) =>
        fresh?.buckets === undefined || control?.buckets === undefined
          ? null
          : slowCounts(fresh.buckets, control.buckets, index),
  );
}

function sumOf(windows: readonly MetricWindow[], counted: Counted): PairedCounts {
  return windows.flatMap((window) => counted(window) ?? []).reduce(addSums, NO_SUMS);
}

function tooLittle(
  { kind }: Pick<Guard, 'kind'>,
  {
    judged,
    windowLength,
    bad,
  }: {
    readonly judged: readonly MetricWindow[];
    readonly windowLength: number;
    readonly bad: number;
  },
): string | null {
  if (kind !== 'ratio' && kind !== 'latency' && kind !== 'drop')
    return `a guard of kind "${kind}" is not judged by a share that phi could widen`;
  const [first, last] = [judged[0], judged.at(-1)];
  const span = first === undefined || last === undefined ? 0 : last.to - first.from;
  if (judged.length === 0) return 'there is no window with data in both parts';
  if (span + ENDS + 2 * windowLength < LEAST_SPAN) return 'there is less than an hour of history';
  if (bad < LEAST_BAD) return `there are only ${bad} bad events in it, and ${LEAST_BAD} are needed`;
  return null;
}

function scalesOf(
  judged: readonly MetricWindow[],
  windowLength: number,
  counts: readonly Counted[],
): ScaleFigure[] {
  const lengths = [windowLength, ...SCALES.filter((scale) => scale > 1.5 * windowLength)];
  const lasting = counts.map((counted) => lastingRatio(judged.flatMap((window) => counted(window) ?? [])));
  return lengths.flatMap((length) => {
    const windows = length === windowLength ? judged : inLengths(judged, length);
    if (windows.length < LEAST_WINDOWS) return [];
    const phis = counts.map((counted, i) =>
      suggestedPhi([windows.flatMap((window) => counted(window) ?? [])], lasting[i] ?? 1),
    );
    return [{ seconds: length / 1_000, windows: windows.length, phi: Math.max(1, ...phis) }];
  });
}

/** The same windows, those that end in one span of this length as one. */
function inLengths(windows: readonly MetricWindow[], length: number): MetricWindow[] {
  const spans = grouped(windows, ({ to }) => Math.floor(to / length));
  return [...spans.values()].map((within) => within.reduce(mergeWindows));
}

function telling(pods: readonly PodShare[]): boolean {
  const bad = pods.reduce((sum, pod) => sum + pod.bad, 0);
  return pods.length >= 2 && bad >= LEAST_BAD_OF_POD * pods.length;
}

function marginOf(kind: Guard['kind'], pods: readonly PodShare[]): number | null {
  const margin = suggestedMargin(pods.filter(({ total }) => total > 0).map(({ bad, total }) => bad / total));
  if (kind === 'ratio' || kind === 'latency') return margin;
  return kind === 'drop' ? 1 / margin : null;
}
