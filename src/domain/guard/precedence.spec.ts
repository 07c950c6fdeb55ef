import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parsedGuard, STEP, windowAt } from '../../../test/support/judging.js';
import { ALONE } from './combination.js';
import { GUARD_STATES, type GuardRecord, type GuardState } from './guard-record.js';
import { judge, type Verdict } from './judge.js';
import type { MetricWindow } from './reading.js';
import { freshRecord } from './record.js';

/** What can be the case of a guard when it is judged, the strongest first: of several the first decides what it says. */
const REASONS = ['latched', 'apart', 'untrusted', 'unreadable', 'unseen', 'stale', 'suspicious'] as const;
type Reason = (typeof REASONS)[number];

/** What a guard says for each by itself, and whether the step may go on. */
const SAID: { readonly [reason in Reason]: string } = {
  latched: 'tripped: hold',
  apart: 'no-control: go',
  untrusted: 'untrusted: hold',
  unreadable: 'blind: hold',
  unseen: 'warming: hold',
  stale: 'blind: hold',
  suspicious: 'suspect: hold',
};

const guard = parsedGuard({ margin: 1, phi: 1 });
const HEALTHY = windowAt(0, { bad: 0, total: 100 }, { bad: 1, total: 1_000 });
const ODD = windowAt(0, { bad: 14, total: 450 }, { bad: 10, total: 1_000 });
const FAILING = windowAt(1, { bad: 60, total: 100 }, { bad: 1, total: 1_000 });

/** The verdict on what `reasons` are the case, and on `windows` after the first. */
function judged(
  reasons: readonly Reason[],
  windows: readonly MetricWindow[] = [],
  record = recordOf(reasons),
): Verdict {
  const is = (reason: Reason): boolean => reasons.includes(reason);
  const watermark = windows.at(-1)?.to ?? STEP;
  return judge({
    guard,
    record,
    reading: {
      windows,
      watermark,
      unknown: is('unreadable') ? 'no answer' : null,
      lost: 0,
      windowLength: STEP,
    },
    situation: {
      now: watermark + (is('stale') ? 4 : 1) * STEP,
      combined: ALONE,
      comparable: !is('apart'),
      ...(is('untrusted') && { untrusted: 'twice as many users as configured' }),
      plan: { plannedEnd: 3_600_000, paused: false, endless: false },
      step: { startedAt: 0, holdMs: 60_000 },
    },
  });
}

function recordOf(reasons: readonly Reason[]): GuardRecord {
  const fresh = freshRecord(1, 0);
  if (reasons.includes('unseen')) return latchedIn(fresh, reasons);
  const { record } = judged([], [reasons.includes('suspicious') ? ODD : HEALTHY], fresh);
  return latchedIn(record, reasons);
}

function latchedIn(record: GuardRecord, reasons: readonly Reason[]): GuardRecord {
  return reasons.includes('latched') ? { ...record, trip: { at: STEP, evidence: {} } } : record;
}

const told = ({ state, decision }: Verdict): string => `${state}: ${decision}`;
/** There is no evidence before the first window. */
const canBe = (reasons: readonly Reason[]): boolean =>
  !(reasons.includes('unseen') && reasons.includes('suspicious'));

describe('the state of a guard', () => {
  it.each(REASONS)('by itself: %s', (reason) => {
    expect(told(judged([reason]))).toBe(SAID[reason]);
  });

  it('is ok where nothing is the case', () => {
    expect(told(judged([]))).toBe('ok: go');
  });

  it('has all of them somewhere', () => {
    const said = [...Object.values(SAID), 'ok: go'].map((words) => words.split(':')[0] as GuardState);
    expect(new Set(said)).toEqual(new Set(GUARD_STATES));
  });

  it.each<[one: Reason, other: Reason, said: string]>([
    ['latched', 'apart', 'tripped: hold'],
    ['latched', 'untrusted', 'tripped: hold'],
    ['latched', 'unreadable', 'tripped: hold'],
    ['latched', 'unseen', 'tripped: hold'],
    ['latched', 'stale', 'tripped: hold'],
    ['latched', 'suspicious', 'tripped: hold'],
    ['apart', 'untrusted', 'no-control: go'],
    ['apart', 'unreadable', 'no-control: go'],
    ['apart', 'unseen', 'no-control: go'],
    ['apart', 'stale', 'no-control: go'],
    ['apart', 'suspicious', 'no-control: go'],
    ['untrusted', 'unreadable', 'untrusted: hold'],
    ['untrusted', 'unseen', 'untrusted: hold'],
    ['untrusted', 'stale', 'untrusted: hold'],
    ['untrusted', 'suspicious', 'untrusted: hold'],
    ['unreadable', 'unseen', 'blind: hold'],
    ['unreadable', 'stale', 'blind: hold'],
    ['unreadable', 'suspicious', 'blind: hold'],
    ['unseen', 'stale', 'warming: hold'],
    ['stale', 'suspicious', 'blind: hold'],
  ])('of two, %s and %s: %s', (one, other, said) => {
    expect(told(judged([one, other]))).toBe(said);
    expect(told(judged([other, one]))).toBe(said);
  });

  it('is that of the strongest, whatever else is the case', () => {
    fc.assert(
      fc.property(fc.subarray([...REASONS], { minLength: 1 }).filter(canBe), (reasons) => {
        const [strongest = 'latched'] = reasons;
        expect(told(judged(reasons))).toBe(SAID[strongest]);
      }),
      { numRuns: 200 },
    );
  });

  it('tells in words what holds a step back, but for evidence and latches, which have words of their own', () => {
    for (const reason of REASONS) {
      const { trouble, troubleCode } = judged([reason]).record;
      const isTold = ['untrusted', 'unreadable', 'unseen', 'stale'].includes(reason);
      expect([reason, trouble !== '', troubleCode !== undefined]).toEqual([reason, isTold, isTold]);
    }
  });
});

describe('windows that prove a regression', () => {
  it.each<[what: string, reasons: readonly Reason[], said: string]>([
    ['trip a guard that was ok', [], 'tripped: trip'],
    ['trip one that was warming', ['unseen'], 'tripped: trip'],
    ['trip one that was suspect', ['suspicious'], 'tripped: trip'],
    ['trip where users are dealt out wrongly: that holds, and hides nothing', ['untrusted'], 'tripped: trip'],
    ['trip though they were read late', ['stale'], 'tripped: trip'],
    ['trip nothing twice', ['latched'], 'tripped: hold'],
    ['trip nothing where the source is in trouble: they are read again', ['unreadable'], 'blind: hold'],
    ['trip nothing without control', ['apart'], 'no-control: go'],
  ])('%s', (_, reasons, said) => {
    const verdict = judged(reasons, [FAILING]);
    expect(told(verdict)).toBe(said);
    const isTaken = !reasons.includes('unreadable') && !reasons.includes('apart');
    expect(verdict.record.watermark).toBe(isTaken ? FAILING.to : recordOf(reasons).watermark);
  });
});
