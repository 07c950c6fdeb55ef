import { logWeightedSum } from './log-add-exp.js';
import { logNormalCdf } from './log-normal-cdf.js';

/** One window of a continuous metric: how many and their mean, in both arms. */
export interface MeanWindow {
  readonly newCount: number;
  readonly newMean: number;
  readonly controlCount: number;
  readonly controlMean: number;
}

/**
 * Log evidence that a mean is above what is allowed: `ln 2 − ½·ln(1+I/I*) + ½·f·z² + ln Φ(z·√f)`, `f = I/(I+I*)`; z = (δ − margin) /
 * se, I = 1/se² (`information`), I* = 1/d² for the effect d that matters (`scale`). Null: the mean is at most the margin above
 * the control's. Asymptotic: it needs about 50 windows, and values that are winsorised.
 *
 * S. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", Ann. Stat. 49,
 * 2021, Prop. 5; I. Waudby-Smith et al., "Time-uniform central limit theory", Ann. Stat. 52, 2024.
 */
export function normalMixLogE(z: number, information: number, scale: number): number {
  const share = information / (information + scale);
  return (
    Math.LN2 -
    0.5 * Math.log1p(information / scale) +
    0.5 * share * z * z +
    logNormalCdf(z * Math.sqrt(share))
  );
}

/** Effects that evidence is gathered for, in multiples of the one that matters, and their prior weights, which sum to 1. */
const SIZES: readonly (readonly [times: number, weight: number])[] = [
  [1, 0.9],
  [1e2, 0.04],
  [1e4, 0.03],
  [1e6, 0.03],
];

/** What evidence of a mean goes by, beside z. `isBetween`: whether the new arm's mean is between 0 and the control's. */
export interface MeanMeasure {
  readonly error: number;
  readonly effect: number;
  readonly phi: number;
  readonly isBetween: boolean;
}

/**
 * The evidence of `normalMixLogE`, each divided by phi, averaged over the effect that matters and ones far above it: by itself an effect lets what
 * is a thousand times as large be found only after hours, as it is taken for scatter. The average of such evidence has the same null.
 * Between 0 and the control's mean there is no room for effects that large, and an arm with hardly a value that isn't 0 could pass for
 * one: the effect that matters is alone there, which only makes the evidence smaller.
 */
export function meanLogE(z: number, { error, effect, phi, isBetween }: MeanMeasure): number {
  const evidence = (times: number): number => normalMixLogE(z, ((effect * times) / error) ** 2, 1) / phi;
  const sizes = isBetween ? SIZES.slice(0, 1) : SIZES;
  return logWeightedSum(
    sizes.map(([times]) => evidence(times)),
    sizes.map(([, weight]) => weight),
  );
}

/**
 * Half the width of the two-sided confidence sequence of a mean at 1 − alpha: `se·√((1 + I* / I)·(ln(1 + I/I*) − 2·φ·ln α))`. As φ divides the
 * evidence against the new arm, it divides that against each mean, so that a range leaves out what a trip would refuse.
 */
export function meanHalfWidth(
  error: number,
  scale: number,
  { alpha, phi = 1 }: { readonly alpha: number; readonly phi?: number },
): number {
  const information = 1 / (error * error);
  const needed = Math.log1p(information / scale) - 2 * phi * Math.log(alpha);
  return error * Math.sqrt((1 + scale / information) * needed);
}
