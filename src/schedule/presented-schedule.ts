import type { Warning } from '../domain/problem.js';
import type { ScheduledChange } from '../domain/schedule/scheduled-change.js';

/** A scheduled change as the API shows it: times as ISO text, and who it is of as an actor. */
export type PresentedSchedule = Omit<
  ScheduledChange,
  'applyAt' | 'scheduledAt' | 'endedAt' | 'by' | 'warnings'
> & {
  readonly applyAt: string;
  readonly scheduledAt: string;
  readonly endedAt: string | null;
  readonly actor: string;
  readonly warnings: readonly Warning[];
};

export function presentSchedule({ by, warnings = [], ...change }: ScheduledChange): PresentedSchedule {
  const { applyAt, scheduledAt, endedAt } = change;
  return {
    ...change,
    warnings,
    actor: `token:${by}`,
    applyAt: isoOf(applyAt),
    scheduledAt: isoOf(scheduledAt),
    endedAt: endedAt === null ? null : isoOf(endedAt),
  };
}

function isoOf(time: number): string {
  return new Date(time).toISOString();
}
