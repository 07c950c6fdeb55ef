import type { Kind, Ref } from '../documents.js';
import { ref } from '../documents.js';
import { type Image, stateKey } from '../image.js';
import type { UserError, Warning } from '../problem.js';

export const SCHEDULE_STATUSES = ['pending', 'applied', 'failed', 'missed', 'cancelled'] as const;
export type ScheduleStatus = (typeof SCHEDULE_STATUSES)[number];

/** What is to become of one document: it is whole (`value`, null deletes it), or these of its fields are set. */
export interface ScheduledEdit {
  readonly kind: Kind;
  readonly key: string;
  readonly value?: unknown;
  readonly set?: { readonly [field: string]: unknown };
  /** The document must still be at this revision (0: not be there) when the time comes; absent: whatever stands. */
  readonly expectedRevision?: number;
}

/** Edits that are to be written at a time, as one change. State, key `schedule/<key>`. Times are epoch ms of the store. */
export interface ScheduledChange {
  readonly key: string;
  readonly changes: readonly ScheduledEdit[];
  readonly applyAt: number;
  /** Seconds after `applyAt` for which it is still applied; later it is missed. */
  readonly within: number;
  readonly reason: string;
  /** Key of the token that scheduled or edited it last: who it is written for. */
  readonly by: string;
  /** When that token was made, as its document says: one of the same key that was made later is another one. */
  readonly byMadeAt: string;
  /** Epoch in which the expected revisions were read. */
  readonly epoch: string;
  readonly scheduledAt: number;
  readonly status: ScheduleStatus;
  /** When it was applied, failed, was missed or cancelled; null while it is pending. */
  readonly endedAt: number | null;
  /** Of the change that applied it. */
  readonly revision: number | null;
  /** Why it failed or was missed. */
  readonly errors: readonly UserError[];
  /** What there was to say of what was applied; absent: nothing. */
  readonly warnings?: readonly Warning[];
}

/** A scheduled change and the revision of its state. */
export interface StoredSchedule {
  readonly change: ScheduledChange;
  readonly revision: number;
}

export function scheduleOf(image: Image, key: string): StoredSchedule | undefined {
  const state = image.states.get(stateKey.schedule(key));
  return state && { change: state.value as ScheduledChange, revision: state.revision };
}

/** All that an environment has, whatever became of them, by key in code-unit order. */
export function schedules(image: Image): StoredSchedule[] {
  const prefix = stateKey.schedule('');
  return [...image.states]
    .filter(([name]) => name.startsWith(prefix))
    .map(([, { value, revision }]) => ({ change: value as ScheduledChange, revision }))
    .sort((a, b) => (a.change.key < b.change.key ? -1 : 1));
}

/** The document that an event about it is filed under. */
export function subjectOf({ changes }: Pick<ScheduledChange, 'changes'>): Ref {
  const [first] = changes;
  return first === undefined ? 'settings/environment' : ref(first.kind, first.key);
}
