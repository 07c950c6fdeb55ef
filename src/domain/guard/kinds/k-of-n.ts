import type { Guard } from '../../guard.js';
import type { KOfNMemory } from '../guard-memory.js';
import type { GuardRecord } from '../guard-record.js';
import { addSums } from '../guard-sums.js';
import { mergeWindows } from '../merge-windows.js';
import type { ArmCounts, MetricWindow } from '../reading.js';
import { countInWords, percentInWords } from '../words.js';
import type { Judging, KindRules } from './kind-rules.js';
import { newAndControl } from './paired-of.js';

/**
 * How many of the last checks found more bad ones than the threshold, as Flagger and Argo ask, with three mends: a check waits for
 * `minTotal` of the new arm, no data is no check, and one in which the control is as bad says nothing of the new arm. No stated rate of
 * false alarms.
 */
export const kOfN: KindRules = {
  fits: ({ bad, total }) => bad <= total,
  apply,
  trips: (record, { kOfN: settings, minEvents }) =>
    settings !== null && badChecks(record) >= settings.k && record.sums.newBad >= minEvents,
  warming: ({ windows }, { kOfN: settings }) =>
    windows === 0 ? `no check yet: the new arm has had fewer than ${settings?.minTotal ?? 1}` : null,
  isSuspect: (record) => memoryOf(record).isSuspended,
  words,
};

const NOTHING: KOfNMemory = { kind: 'kOfN', open: null, checks: [], counts: [], isSuspended: false };

function memoryOf({ memory }: GuardRecord): KOfNMemory {
  return memory?.kind === 'kOfN' ? memory : NOTHING;
}

function apply(record: GuardRecord, window: MetricWindow, { guard }: Judging): GuardRecord {
  if (window.new === null) return record;
  const lastBadAt = window.new.bad > 0 ? window.to : record.lastBadAt;
  const seen = { ...record, dataAt: window.to, lastBadAt };
  const memory = memoryOf(record);
  const merged = memory.open === null ? window : mergeWindows(memory.open, window);
  const counts = newAndControl(merged);
  const minTotal = guard.kOfN?.minTotal ?? 1;
  if (counts === null || counts.newTotal < minTotal) return { ...seen, memory: { ...memory, open: merged } };
  return {
    ...seen,
    memory: checked(memory, merged, guard),
    windows: record.windows + 1,
    sums: addSums(record.sums, counts),
    expected: record.expected + counts.newTotal * allowedIn(guard),
  };
}

function checked({ checks, counts = [] }: KOfNMemory, window: MetricWindow, guard: Guard): KOfNMemory {
  const isBad = isAbove(window.new, guard);
  const isSuspended = isBad && isAbove(window.control, guard);
  if (isSuspended) return { kind: 'kOfN', open: null, checks, counts, isSuspended };
  const kept = -(guard.kOfN?.of ?? 1);
  const { bad, total } = window.new ?? { bad: 0, total: 0 };
  return {
    kind: 'kOfN',
    open: null,
    checks: [...checks, isBad].slice(kept),
    counts: [...counts, [bad, total] as const].slice(kept),
    isSuspended,
  };
}

function allowedIn({ threshold }: Guard): number {
  return threshold ?? 1;
}

function isAbove(arm: ArmCounts | null, guard: Guard): boolean {
  return arm !== null && arm.total > 0 && arm.bad / arm.total > allowedIn(guard);
}

function badChecks(record: GuardRecord): number {
  return memoryOf(record).checks.filter(Boolean).length;
}

function words(guard: Guard, record: GuardRecord): string {
  const { checks, isSuspended } = memoryOf(record);
  const both = isSuspended ? '; the control is as bad now' : '';
  return `more than ${percentInWords(guard.threshold ?? 1)} bad in ${badChecks(record)} of the last ${checks.length} checks (${seenIn(record)})${both}`;
}

/** What the bad ones of the last checks had, or all of them where none was bad; of a record that kept no counts, what there was in all. */
function seenIn(record: GuardRecord): string {
  const { checks, counts = [] } = memoryOf(record);
  const { newBad, newTotal } = record.sums;
  if (counts.length < checks.length) return `${countInWords(newBad)} of ${countInWords(newTotal)} in all`;
  const isAnyBad = checks.some(Boolean);
  const told = counts.filter((_, i) => !isAnyBad || checks[i] === true);
  const bad = told.reduce((sum, [one]) => sum + one, 0);
  const total = told.reduce((sum, [, one]) => sum + one, 0);
  return `${percentInWords(bad / total)}, ${countInWords(bad)} of ${countInWords(total)}, in ${isAnyBad ? 'the bad ones' : 'all of them'}`;
}
