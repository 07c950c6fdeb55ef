import { FLAG_WEIGHT_TOTAL } from '@tidegate/sdk/engine';
import type { Documents } from '../documents.js';
import type { Guard } from '../guard.js';
import { isRelative } from '../guard-kind.js';
import { settingWarnings } from '../guard-warnings.js';
import { partsOf } from '../guard/combination.js';
import { foretoldSeconds } from '../guard/foretold.js';
import { type Scatter, scattered } from '../guard/scatter.js';
import type { Usual, UsualHour } from '../guard/usual.js';
import type { Warning } from '../problem.js';
import type { Rollout } from '../rollout.js';
import { combinedGuards } from './combinations.js';
import { reachInWords } from './evidence.js';
import { reachAt } from './owned-rules.js';

/** How many times worse than the control (absolute guard: than what is usual) that times are foretold for. */
const RATIOS = [1.25, 2, 10] as const;
/** The one that a step should be long enough for. */
const EXPECTED = 2;

/**
 * Why a guard may find nothing in a step. `NO_HISTORY`: its source keeps none, or has not had it for long enough. `HISTORY_UNREADABLE`: it could not be read.
 * `NO_TRAFFIC`: there was none in the control. `NOT_FORETOLD`: what is usual doesn't tell enough of its kind. `NO_SHARE`: the step gives it no share
 * of everybody. `NO_CONTROL`: nobody is left to compare with. `NEVER_FOUND`: a doubling is within what it allows.
 * `STEP_TOO_SHORT`: it takes longer than the step is held.
 */
export const OUTLOOK_TROUBLES = [
  'NO_HISTORY',
  'HISTORY_UNREADABLE',
  'NO_TRAFFIC',
  'NOT_FORETOLD',
  'NO_SHARE',
  'NO_CONTROL',
  'NEVER_FOUND',
  'STEP_TOO_SHORT',
] as const;
export type OutlookTrouble = (typeof OUTLOOK_TROUBLES)[number];

/** What is usual for a guard, or why that is not known. */
export type KnownUsual =
  | {
      readonly usual: Usual;
      readonly hours: readonly UsualHour[];
      /** What history says of the scatter, where the guard goes by that. */
      readonly scatter?: Scatter | undefined;
    }
  | {
      readonly usual: null;
      readonly code: 'NO_HISTORY' | 'HISTORY_UNREADABLE' | 'NO_TRAFFIC';
      readonly reason: string;
    };

/** In how many seconds half of all regressions by `ratio` are found; null: never, at this share, margin or threshold, or not known. */
export interface Foretold {
  readonly ratio: number;
  readonly seconds: number | null;
}

export interface StepOutlook {
  /** Index into steps. */
  readonly step: number;
  readonly reach: string;
  /** Seconds; null = until somebody promotes. */
  readonly hold: number | null;
  readonly guard: string;
  /** What of all traffic the new arm shows the guard, 0 to 1. */
  readonly share: number;
  /** Requests, units or values of the new arm in a window, and bad ones among them while nothing is wrong; null: not known. */
  readonly newPerWindow: number | null;
  readonly badPerWindow: number | null;
  readonly detection: readonly Foretold[];
  /** Why the guard may see nothing in this step; null where it should find a doubling. */
  readonly code: OutlookTrouble | null;
  /** The same in words. */
  readonly trouble: string | null;
}

/** What a guard of the rollout goes by. */
export interface GuardOutlook {
  readonly guard: string;
  /** Its part of the budget, as false rollbacks per 100 rollouts; null: its kind states none, or it stops nothing. */
  readonly falseTripsPer100: number | null;
  /** What its evidence is divided by. */
  readonly phi: number;
  /** What of its settings, as they are saved, keeps it from tripping; no traffic is looked at for that. */
  readonly warnings: readonly Warning[];
  readonly usual: Usual | null;
  /** The past that this is from, oldest first; empty where it was given, or is not known. */
  readonly hours: readonly UsualHour[];
}

export interface Outlook {
  /** Of 100 such rollouts in which nothing is wrong, how many are stopped at most, by the guards that state a rate. */
  readonly falseTripsPer100: number;
  readonly guards: readonly GuardOutlook[];
  readonly steps: readonly StepOutlook[];
}

/** What the guards of a rollout can be expected to find in each step of it, before it is started; `usual` by the key of the guard. Yields before
 * each figure: some are played. */
export function* outlookOf(
  rollout: Rollout,
  documents: Documents,
  usual: (guard: string) => KnownUsual,
): Generator<undefined, Outlook> {
  const guards = rollout.guards.flatMap((key) => documents.value('guard', key) ?? []);
  const combined = combinedGuards(guards);
  const parts = partsOf(combined);
  const per100 = ({ key, alpha }: Guard): number => 100 * alpha * (parts.get(key) ?? 0);
  const steps: StepOutlook[] = [];
  for (const step of rollout.steps.keys())
    for (const guard of guards) {
      const part = parts.get(guard.key) ?? 1;
      steps.push(yield* stepOutlook({ rollout, step, guard, part, known: usual(guard.key) }));
    }
  return {
    falseTripsPer100: combined.reduce((sum, guard) => sum + per100(guard), 0),
    guards: guards.map((guard) => {
      const known = usual(guard.key);
      const falseTripsPer100 = parts.has(guard.key) ? per100(guard) : null;
      return {
        guard: guard.key,
        falseTripsPer100,
        phi: inForce(guard, known).phi,
        warnings: settingWarnings(guard, undefined),
        usual: known.usual,
        hours: known.usual === null ? [] : known.hours,
      };
    }),
    steps,
  };
}

interface Looked {
  readonly rollout: Rollout;
  readonly step: number;
  readonly guard: Guard;
  /** Its part of the budget of false alarms. */
  readonly part: number;
  readonly known: KnownUsual;
}

function* stepOutlook(looked: Looked): Generator<undefined, StepOutlook> {
  const { rollout, step, guard, known } = looked;
  const hold = rollout.steps[step]?.hold ?? null;
  const share = shareSeen(rollout, step, guard);
  const detection: Foretold[] = [];
  for (const ratio of RATIOS) {
    yield;
    detection.push({ ratio, seconds: secondsUntil(looked, share, ratio) });
  }
  const { code, words } = troubleOf(looked, share, { detection, hold }) ?? { code: null, words: null };
  return {
    step,
    reach: reachInWords(rollout, step),
    hold,
    guard: guard.key,
    share,
    ...perWindow(known.usual, share),
    detection,
    code,
    trouble: words,
  };
}

function secondsUntil({ guard, part, known }: Looked, share: number, ratio: number): number | null {
  if (known.usual === null || shareTrouble(guard, share) !== null) return null;
  return foretoldSeconds(inForce(guard, known), { usual: known.usual, share, part }, ratio);
}

/** The guard as it would judge if it began now. */
function inForce(guard: Guard, known: KnownUsual): Guard {
  return known.usual === null ? guard : scattered(guard, known);
}

function perWindow(usual: Usual | null, share: number): Pick<StepOutlook, 'newPerWindow' | 'badPerWindow'> {
  if (usual === null) return { newPerWindow: null, badPerWindow: null };
  const newPerWindow = usual.perSecond * share * usual.windowSeconds;
  return { newPerWindow, badPerWindow: usual.badShare === null ? null : newPerWindow * usual.badShare };
}

/** What of all traffic the new arm shows this guard: its share, and for a threshold on Prometheus the copies as well. */
function shareSeen(rollout: Rollout, index: number, guard: Guard): number {
  const share = reachAt(rollout, index).weight / FLAG_WEIGHT_TOTAL;
  const step = rollout.steps[index];
  if (isRelative(guard) || guard.source !== 'prometheus' || step === undefined || !('mirror' in step))
    return share;
  return share + ((1 - share) * step.mirror) / 100;
}

interface Trouble {
  readonly code: OutlookTrouble;
  readonly words: string;
}

function troubleOf(
  { guard, known }: Looked,
  share: number,
  { detection, hold }: Pick<StepOutlook, 'detection' | 'hold'>,
): Trouble | null {
  const seen = shareTrouble(guard, share);
  if (seen !== null) return seen;
  if (known.usual === null) return { code: known.code, words: known.reason };
  if (!isForetold(guard, known.usual))
    return {
      code: 'NOT_FORETOLD',
      words: `How long guard ${guard.key} takes is not foretold: what is usual does not tell enough for its kind, "${guard.kind}".`,
    };
  const seconds = detection.find(({ ratio }) => ratio === EXPECTED)?.seconds ?? null;
  if (seconds === null) return { code: 'NEVER_FOUND', words: neverWords(guard, known.usual) };
  if (hold === null || seconds <= hold) return null;
  return {
    code: 'STEP_TOO_SHORT',
    words: `Guard ${guard.key} finds a doubling in about ${Math.ceil(seconds)} s, and the step is held for ${hold} s: a larger share or a longer hold would show it.`,
  };
}

/** A selector of bad events that matches nothing looks like no errors. */
function neverWords({ key }: Guard, { badShare }: Usual): string {
  if (badShare === 0)
    return `A doubling of the usual is never found by guard ${key}, as nothing bad is usual: there was nothing that \`bad\` selects. A selector that matches nothing looks the same.`;
  return `A doubling of the usual is within what guard ${key} allows: it is never found.`;
}

function shareTrouble(guard: Guard, share: number): Trouble | null {
  if (share === 0)
    return {
      code: 'NO_SHARE',
      words: `Guard ${guard.key} sees no share of everybody in this step: how much comes is not known.`,
    };
  if (!isRelative(guard) || share < 1) return null;
  return {
    code: 'NO_CONTROL',
    words: `Guard ${guard.key} has no control to compare with in this step.`,
  };
}

function isForetold({ kind }: Guard, { badShare, tails, mean, scatter }: Usual): boolean {
  if (kind === 'latency') return tails.length > 0;
  return kind === 'mean' ? mean !== null && scatter !== null : badShare !== null;
}
