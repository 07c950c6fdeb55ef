import type { Guard } from '../guard.js';
import { ALONE } from './combination.js';
import { judge } from './judge.js';
import type { ArmCounts, MetricWindow } from './reading.js';
import { freshRecord } from './record.js';
import { countFor, seeded } from './seeded-counts.js';

/** Runs that are played, of which the middle one counts, and windows of each, at most. */
const RUNS = 7;
const MOST_WINDOWS = 180;
const SEED = 20_240_611;

/** What comes in each second of a run, in both arms. */
export interface PlayedTraffic {
  readonly newTotal: number;
  readonly newShare: number;
  readonly controlTotal: number;
  readonly controlShare: number;
}

/**
 * Seconds after which a guard trips in half of a few seeded runs of such traffic, through the code that judges. Null: not within
 * `horizon`, which is played in at most 180 windows, none shorter than `windowSeconds`. The same for the same input.
 */
export function playedSeconds(
  guard: Guard,
  traffic: PlayedTraffic,
  { windowSeconds, horizon }: { readonly windowSeconds: number; readonly horizon: number },
): number | null {
  const length = Math.max(windowSeconds, horizon / MOST_WINDOWS);
  const runs = { windows: Math.ceil(horizon / length), length };
  const random = seeded(SEED);
  const needed = (RUNS + 1) / 2;
  const found: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    if (found.length + RUNS - run < needed) return null;
    const seconds = played(guard, { traffic, random, ...runs });
    if (seconds !== null) found.push(seconds);
  }
  return found.sort((a, b) => a - b)[needed - 1] ?? null;
}

interface Run {
  readonly traffic: PlayedTraffic;
  readonly random: () => number;
  readonly windows: number;
  readonly length: number;
}

function played(guard: Guard, { traffic, random, windows, length }: Run): number | null {
  const ms = length * 1_000;
  const plan = { plannedEnd: windows * ms, paused: false, endless: false };
  const step = { startedAt: 0, holdMs: windows * ms };
  let record = freshRecord(0, 0);
  for (let i = 0; i < windows; i += 1) {
    const window: MetricWindow = {
      from: i * ms,
      to: (i + 1) * ms,
      new: drawn(traffic.newTotal * length, traffic.newShare, random),
      control: drawn(traffic.controlTotal * length, traffic.controlShare, random),
    };
    const reading = { windows: [window], watermark: window.to, unknown: null, lost: 0, windowLength: ms };
    const situation = { now: window.to, combined: ALONE, comparable: true, plan, step };
    const verdict = judge({ guard, record, reading, situation });
    if (verdict.decision === 'trip') return window.to / 1_000;
    record = verdict.record;
  }
  return null;
}

function drawn(expected: number, share: number, random: () => number): ArmCounts {
  const bad = countFor(expected * share, random);
  return { bad, total: bad + countFor(expected * (1 - share), random) };
}
