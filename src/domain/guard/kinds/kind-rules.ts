import type { Guard } from '../../guard.js';
import type { GuardRecord } from '../guard-record.js';
import type { GuardPlan } from '../mass.js';
import type { GuardSituation } from '../situation.js';
import type { ArmCounts, BucketHistory, MetricWindow } from '../reading.js';
import type { Trouble } from '../trouble.js';

/** What a window is judged by. */
export interface Judging {
  readonly guard: Guard;
  readonly plan: GuardPlan;
  /** The present step of the rollout; null: a standing guard. */
  readonly step: GuardSituation['step'];
}

/** All that is different from one kind of guard to the next. */
export interface KindRules {
  /** Whether the counts of an arm can be true; if not, the window is merged with the next. */
  readonly fits: (arm: ArmCounts) => boolean;
  /** The record after one window that fits. Without traffic in the arms that it looks at it gathers no evidence and spends no mass. */
  readonly apply: (record: GuardRecord, window: MetricWindow, judging: Judging) => GuardRecord;
  /** Log likelihood ratios of a window for the new arm doing no harm, each against twice as much; absent where the kind can't tell. */
  readonly noHarmLlrs?: (window: MetricWindow, record: GuardRecord, guard: Guard) => readonly number[];
  /** Whether there is enough against the new arm; `line`: the log of the evidence that it takes. */
  readonly trips: (record: GuardRecord, guard: Guard, line: number) => boolean;
  /** Why nothing could be judged yet, in words; null once something was. */
  readonly warming: (record: GuardRecord, guard: Guard) => string | null;
  /** Whether a step has to wait though the evidence is not yet 10:1. */
  readonly isSuspect?: (record: GuardRecord, guard: Guard) => boolean;
  /** Why a window can't be judged after what the record holds; null where it can. */
  readonly troubleOf?: (record: GuardRecord, window: MetricWindow, guard: Guard) => Trouble | null;
  /** Whether what the control did before would help. */
  readonly wantsEarlier?: (record: GuardRecord) => boolean;
  /** The record before the first window of a reading that brings what the control did earlier, by the same bounds as its windows. */
  readonly begin?: (record: GuardRecord, earlier: BucketHistory, guard: Guard) => GuardRecord;
  /** What the record holds, in words. Asked only once something was judged. */
  readonly words: (guard: Guard, record: GuardRecord) => string;
}
