import { isCombined } from '../guard-kind.js';
import { falseDiscoveryReport } from '../guard/false-discovery-report.js';
import type { GuardState } from '../guard/guard-record.js';
import type { Image } from '../image.js';
import { watchedGuards } from './watched-guards.js';

/** A guard on one subject that stands out. */
export interface ReportedGuard {
  readonly guard: string;
  readonly subject: string;
  readonly state: GuardState;
  readonly logE: number;
}

export interface GuardReport {
  readonly alpha: number;
  /** Guards on subjects that were looked at. */
  readonly guards: number;
  /** Strongest evidence first. */
  readonly reported: readonly ReportedGuard[];
}

/**
 * Which of the guards in use at `now` (store time) have found something, so that the expected share of false ones among them is at most
 * `alpha`: e-BH on their present evidence, not on the highest it ever was, for which that would not hold. Guards that know no
 * odds (`burn`, `kOfN`, `topline`) are left out; one that has seen nothing counts as looked at.
 */
export function guardReport(image: Image, alpha: number, now: number): GuardReport {
  const looked = watchedGuards(image, now).filter(({ guard }) => isCombined(guard.kind));
  const values = looked.map(({ record: { logE } }) => (logE === null ? 0 : Math.exp(logE)));
  const reported = falseDiscoveryReport(values, alpha).flatMap((index): ReportedGuard[] => {
    const found = looked[index];
    if (found === undefined || found.record.logE === null) return [];
    const { guard, subject, record } = found;
    return [{ guard: guard.key, subject, state: record.state, logE: found.record.logE }];
  });
  return { alpha, guards: looked.length, reported: reported.sort((a, b) => b.logE - a.logE) };
}
