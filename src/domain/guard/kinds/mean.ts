import type { Guard } from '../../guard.js';
import { allowedMean, meanSettings } from '../allowed.js';
import { mergeWindows } from '../merge-windows.js';
import type { MeanMemory, MeanStart } from '../guard-memory.js';
import type { GuardRecord } from '../guard-record.js';
import { addSums } from '../guard-sums.js';
import { logWeightedSum, withinLimit } from '../log-add-exp.js';
import { massOf } from '../mass.js';
import { meanLogE, type MeanMeasure, type MeanWindow } from '../mean-evidence.js';
import { addMeanWindow, measuredBy, NO_MEAN_SUMS, sinceThen } from '../mean-sums.js';
import type { ArmCounts, MetricWindow } from '../reading.js';
import { oddsInWords } from '../words.js';
import { NO_LIMIT, valuesFor, winsorised } from '../winsorised.js';
import type { Judging, KindRules } from './kind-rules.js';

/** Windows that a mean needs before its evidence means anything, and values of each arm in one. */
export const LEAST_WINDOWS = 50;
export const LEAST_VALUES = 5;
/** How often evidence is begun anew beside what there is, so that a late change shows, and how many beginnings are kept. */
const START_EVERY = 3_600_000;
const MOST_STARTS = 24;

/** The mean of a value, compared within each window: `total` counts the values of a window, `sum` adds them up. */
export const mean: KindRules = {
  fits: () => true,
  troubleOf: (_, { new: fresh, control }) =>
    [fresh, control].some((arm) => arm !== null && arm.sum === undefined)
      ? { code: 'BAD_ANSWER', words: 'the source tells no sum' }
      : null,
  apply,
  trips: ({ logE, sums }, { minEvents }, line) => logE !== null && logE >= line && sums.newTotal >= minEvents,
  warming: (record) => {
    if (record.logE !== null) return null;
    const { sums, limit } = memoryOf(record);
    if (limit !== undefined && limit.limit === null) {
      const { seen, of } = valuesFor(limit);
      return `${seen} of the ${of} values of the control by which large ones are cut`;
    }
    const { count } = sums;
    if (count >= LEAST_WINDOWS) return "the control's mean is 0: nothing to measure an effect by";
    return `${count} of the ${LEAST_WINDOWS} windows with ${LEAST_VALUES} values in both arms that a mean needs`;
  },
  words,
};

const NOTHING: MeanMemory = {
  kind: 'mean',
  sums: NO_MEAN_SUMS,
  starts: [],
  unstarted: 0,
  effect: null,
  open: null,
};

function memoryOf({ memory }: GuardRecord): MeanMemory {
  return memory?.kind === 'mean' ? memory : NOTHING;
}

function apply(record: GuardRecord, window: MetricWindow, judging: Judging): GuardRecord {
  if (window.new === null || window.control === null) return record;
  // Every value counts here, so that no time is quiet.
  const seen = { ...record, dataAt: window.to, lastBadAt: window.to };
  const { limit: before = NO_LIMIT, ...known } = memoryOf(record);
  const { window: cut, known: limit } = winsorised(window, before);
  const memory = window.bounds === undefined ? known : { ...known, limit };
  if (cut === null) return { ...seen, memory };
  const merged = memory.open === null ? cut : mergeWindows(memory.open, cut);
  if (!isEnough(merged.new) || !isEnough(merged.control))
    return { ...seen, memory: { ...memory, open: merged } };
  return judged(seen, merged, { ...judging, memory: { ...memory, open: null } });
}

function judged(
  record: GuardRecord,
  window: MetricWindow,
  { guard, plan, memory }: Judging & { readonly memory: MeanMemory },
): GuardRecord {
  const { mass, planned } = massOf(window, plan, { spent: record.spent, first: memory.sums.count === 0 });
  const counts = sumsOf(window);
  const sums = addSums(record.sums, counts);
  const next = started(memory, window.from, mass);
  const added = { ...next, sums: addMeanWindow(memory.sums, pairOf(window, guard)) };
  const isReady = added.sums.count >= LEAST_WINDOWS;
  // An effect of 0 would be no part of anything: it waits for a control that is not 0, and what came till then counts.
  const size = isReady ? Math.abs(sums.controlBad / sums.controlTotal) : 0;
  const effect = memory.effect || meanSettings(guard).effect * size || null;
  const isBetween = isTowardsZero(sums.newBad / sums.newTotal, sums.controlBad / sums.controlTotal);
  return {
    ...record,
    memory: { ...added, effect },
    logE: effect === null ? null : logEOf(added, { effect, phi: guard.phi, isBetween }),
    spent: Math.min(1, record.spent + planned),
    windows: record.windows + 1,
    sums,
    expected: record.expected + (counts.newTotal * counts.controlBad) / counts.controlTotal,
  };
}

function isTowardsZero(fresh: number, control: number): boolean {
  return fresh * control >= 0 && Math.abs(fresh) < Math.abs(control);
}

/** Mass begins to count at the first window, and then once an hour. */
function started(memory: MeanMemory, at: number, mass: number): MeanMemory {
  const unstarted = memory.unstarted + mass;
  const last = memory.starts.at(-1)?.at ?? -Infinity;
  if (at - last < START_EVERY || unstarted === 0) return { ...memory, unstarted };
  const start: MeanStart = { before: memory.sums, mass: unstarted, at };
  return { ...memory, unstarted: 0, starts: [...memory.starts, start].slice(-MOST_STARTS) };
}

/** Log of the evidence of all starts, each by its mass; one with fewer than 50 windows has none yet. */
function logEOf({ sums, starts }: MeanMemory, by: Omit<MeanMeasure, 'error'>): number {
  const ready = starts.map(({ before, mass }) => ({ since: sinceThen(sums, before), mass }));
  const told = ready.filter(({ since }) => since.count >= LEAST_WINDOWS);
  const logs = told.map(({ since }) => startLogE(since, by));
  const log = logWeightedSum(
    logs,
    told.map(({ mass }) => mass),
  );
  return withinLimit(log);
}

function startLogE(since: MeanMemory['sums'], by: Omit<MeanMeasure, 'error'>): number {
  const found = measuredBy(since, by.effect);
  return found === null ? -Infinity : meanLogE(found.delta / found.error, { ...by, error: found.error });
}

/** Turned so that more is worse, and so that no difference is what is still allowed. */
function pairOf({ new: fresh, control }: MetricWindow, guard: Guard): MeanWindow {
  const sign = meanSettings(guard).worse === 'lower' ? -1 : 1;
  return {
    newCount: fresh?.total ?? 0,
    newMean: sign * meanIn(fresh),
    controlCount: control?.total ?? 0,
    controlMean: sign * allowedMean(guard, meanIn(control)),
  };
}

function sumsOf({ new: fresh, control }: MetricWindow): GuardRecord['sums'] {
  return {
    newBad: fresh?.sum ?? 0,
    newTotal: fresh?.total ?? 0,
    controlBad: control?.sum ?? 0,
    controlTotal: control?.total ?? 0,
  };
}

function meanIn(arm: ArmCounts | null): number {
  return arm === null ? 0 : (arm.sum ?? 0) / arm.total;
}

function isEnough(arm: ArmCounts | null): boolean {
  return arm !== null && arm.total >= LEAST_VALUES;
}

function words(_: Guard, { sums, expected, logE }: GuardRecord): string {
  const [fresh, control] = [sums.newBad / sums.newTotal, expected / sums.newTotal];
  const seen = `${figure(fresh)} against ${figure(control)}, odds ${oddsInWords(logE)}`;
  return control > 0 ? `mean ${(fresh / control).toFixed(2)}× control (${seen})` : `mean (${seen})`;
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}
