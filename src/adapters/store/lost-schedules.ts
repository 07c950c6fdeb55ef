import type { StateEdit } from '../../domain/change.js';
import { stateKey, type Image } from '../../domain/image.js';
import { scheduleOf, type ScheduledChange, schedules } from '../../domain/schedule/scheduled-change.js';

/**
 * Scheduled changes that were over in what is known and wait again in a store that has lost changes: they end again, and what
 * had been applied counts as missed. Nobody knows whether it is still wanted, so it is not written a second time, over
 * whatever was decided after it. `now`: the store's time, epoch ms.
 */
export function lostSchedules(known: Image, stands: Image, now: number): StateEdit[] {
  return schedules(known).flatMap(({ change }): StateEdit[] => {
    const waiting = scheduleOf(stands, change.key);
    if (change.status === 'pending' || waiting?.change.status !== 'pending') return [];
    if (waiting.change.scheduledAt > (change.endedAt ?? now)) return [];
    const value = change.status === 'applied' ? missedAt(change, now) : change;
    return [{ key: stateKey.schedule(change.key), value, expected: waiting.revision }];
  });
}

function missedAt(change: ScheduledChange, now: number): ScheduledChange {
  const message =
    'It was applied, and the store has lost that: look at what stands now, and schedule it anew.';
  return {
    ...change,
    status: 'missed',
    endedAt: now,
    revision: null,
    errors: [{ field: 'applyAt', message, code: 'NOT_PENDING' }],
  };
}
