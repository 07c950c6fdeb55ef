import type { ScheduledChange } from '../domain/schedule/scheduled-change.js';

/** A scheduled change as the API shows it: times as ISO text, and who it is of as an actor. */
export type PresentedSchedule = Omit<ScheduledChange, 'applyAt' | 'scheduledAt' | 'endedAt' | 'by'> & {
  readonly applyAt: string;
  readonly scheduledAt: string;
  readonly endedAt: string | null;
  readonly actor: string;
};

export function presentSchedule({ by, ...change }: ScheduledChange): PresentedSchedule {
  const { applyAt, scheduledAt, endedAt } = change;
  return {
    ...change,
    actor: `token:${by}`,
    applyAt: isoOf(applyAt),
    scheduledAt: isoOf(scheduledAt),
    endedAt: endedAt === null ? null : isoOf(endedAt),
  };
}

function isoOf(time: number): string {
  return new Date(time).toISOString();
}
