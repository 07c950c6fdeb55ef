import { z } from 'zod';
import { keySchema } from './key.js';

const SHARE = 'must be a share between 0 and 1: 0.05 is 5 %';
/** In (0, 1). */
export const shareSchema = z.number().gt(0, SHARE).lt(1, SHARE);

/**
 * What a guard judges. `ratio`: the bad share of all. `latency`: the share of slow requests, at the bounds of a histogram. `mean`: the
 * mean of a value. `drop`: events per unit of exposure that must not become fewer. `burn`: how fast an error budget is spent. `kOfN`:
 * how many of the last checks found the bad share above a threshold. `topline`: how fast both arms together spend it after a step.
 */
export const GUARD_KINDS = ['ratio', 'latency', 'mean', 'drop', 'burn', 'kOfN', 'topline'] as const;
export type GuardKind = (typeof GUARD_KINDS)[number];

/** Kinds that compare the new arm with the control whatever their settings; `ratio` does where it has a margin. */
const COMPARING: readonly GuardKind[] = ['latency', 'mean', 'drop'];

/** `bounds`: those to watch, in the unit of the histogram; null: chosen from what the control did in the hour before. */
export const latencySchema = z.strictObject({
  bounds: z.array(z.number().gt(0)).min(1).max(8).nullable().default(null),
});

export const meanSchema = z.strictObject({
  /** Which way is worse. */
  worse: z.enum(['higher', 'lower']).default('higher'),
  /** The change that matters, as a part of the control's mean: evidence comes soonest for changes of about this size. */
  effect: z.number().gt(0).max(10).default(0.1),
});

/** Two spans that end now, in seconds, and the burn rate that both must reach. */
const pair = z.strictObject({
  long: z.int().min(60).max(86_400),
  short: z.int().min(10).max(21_600),
  rate: z.number().gt(0).max(10_000),
});

export const burnSchema = z.strictObject({
  /** Share of good events that is promised, in (0, 1). */
  slo: shareSchema,
  pairs: z
    .array(pair)
    .min(1)
    .max(4)
    .default([
      { long: 3_600, short: 300, rate: 14.4 },
      { long: 300, short: 60, rate: 14.4 },
    ]),
});

/** Trips when at least `k` of the last `of` checks were bad; a check is made once the new arm has `minTotal` since the last one. */
export const kOfNSchema = z.strictObject({
  k: z.int().min(1).max(100),
  of: z.int().min(1).max(100),
  minTotal: z.int().min(1).max(1_000_000).default(50),
});

/** Values of a label that a guard compares within, at most. */
const MOST_STRATA = 20;

/** The arms are compared within each value of a label of the metric, and what is found is added up. */
export const strataSchema = z.strictObject({
  label: keySchema,
  /** More values than this are no strata: then the guard is blind. */
  most: z.int().min(2).max(MOST_STRATA).default(10),
});

/** Total burn of both arms, at least `rate`, within so many seconds after a step of the rollout. */
export const toplineSchema = z.strictObject({
  /** Share of good events that is promised, in (0, 1). */
  slo: shareSchema,
  rate: z.number().gt(0).max(10_000).default(14.4),
  within: z.int().min(10).max(86_400).default(900),
});

/** Kinds that go by a rule of thumb: what they find is no bet, and states no rate of false alarms. */
const PLAIN: readonly GuardKind[] = ['burn', 'kOfN', 'topline'];

/** Whether what guards of this kind find is evidence that adds up with that of others. */
export function isCombined(kind: GuardKind): boolean {
  return !PLAIN.includes(kind);
}

/** Whether a guard compares the new arm with the control, so that it has nothing to say where there is none. */
export function isRelative({
  kind,
  margin,
}: {
  readonly kind: GuardKind;
  readonly margin: number | null;
}): boolean {
  return kind === 'ratio' ? margin !== null : COMPARING.includes(kind);
}
