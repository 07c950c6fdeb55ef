import { murmur3 } from '@tidegate/sdk/engine';
import type { Guard } from '../guard.js';
import type { GuardRecord } from './guard-record.js';
import { NO_SUMS } from './guard-sums.js';
import type { GuardSubject } from './guard-subject.js';

/** The record of a guard that has seen nothing of this run yet; its first window begins at `now` (store time) or after. */
export function freshRecord(run: number, now: number): GuardRecord {
  return {
    state: 'warming',
    run,
    madeAt: now,
    watermark: now,
    logs: [],
    logE: null,
    spent: 0,
    dataAt: null,
    lastBadAt: null,
    windows: 0,
    windowLength: null,
    sums: NO_SUMS,
    expected: 0,
    lost: 0,
    memory: null,
    carry: null,
    trip: null,
    trouble: '',
    unseen: null,
    basis: '',
  };
}

/** Digest of all that the evidence of a guard rests on: what is counted, in which arms, against what. */
export function basisOf(guard: Guard, { arms, route, rule }: GuardSubject): string {
  const { kind, source, server, query, template, events, webhook, margin, threshold, strata } = guard;
  const behind =
    template === null || route === null
      ? null
      : [route.service, route.port, route.versions?.[arms.new], route.versions?.[arms.control]];
  // Nothing is added for a ratio, so that what was gathered before there were kinds still stands.
  const special = kind === 'ratio' ? [] : [kind, guard[kind as keyof Guard] ?? null];
  const asked = [webhook?.url, server].filter((one) => one != null);
  const within = strata === null ? [] : [strata];
  const text = JSON.stringify([
    source,
    query,
    template,
    behind,
    events,
    margin,
    threshold,
    arms,
    rule,
    ...special,
    ...asked,
    ...within,
  ]);
  return [1, 2].map((half) => murmur3(`${half}:${text}`).toString(16).padStart(8, '0')).join('');
}

/**
 * The record to judge on: as it stands where it rests on `basis`; a fresh one where that was edited, with only the
 * start-time mass that was not yet spent. A latch stays: only a reset opens it.
 */
export function settleRecord(record: GuardRecord, basis: string, now: number): GuardRecord {
  if (record.basis === basis) return record;
  if (record.basis === '') return { ...record, basis };
  const { run, spent, trip, state } = record;
  return {
    ...freshRecord(run, now),
    spent,
    trip,
    state: trip === null ? 'warming' : state,
    basis,
  };
}
