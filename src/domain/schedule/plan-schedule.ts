import { keySchema } from '../key.js';
import { type Image, stateKey } from '../image.js';
import { type Plan, refuse } from '../plan.js';
import { planChange, type PlanOptions } from '../plan-change.js';
import type { UserError } from '../problem.js';
import { scheduleExpected, scheduleProposals } from './schedule-proposals.js';
import {
  type ScheduledChange,
  type ScheduledEdit,
  scheduleOf,
  schedules,
  subjectOf,
} from './scheduled-change.js';

const MOST_CHANGES = 100;
const MOST_PENDING = 500;
const LARGEST = 256 * 1_024;
const LONGEST_AHEAD = 366 * 24 * 3_600_000;
/** Seconds. */
const LONGEST_WITHIN = 7 * 24 * 3_600;
const USUAL_WITHIN = 3_600;

/** What somebody wants to be written later; in an edit, what is not given stays as it is. */
export interface ScheduleRequest {
  readonly key: string;
  readonly changes?: readonly ScheduledEdit[];
  /** ISO date-time with offset. */
  readonly applyAt?: string;
  /** Seconds; default 3,600. */
  readonly within?: number;
  readonly reason: string;
  /** Key of the token that asks. */
  readonly by: string;
  /** `createdAt` of that token. */
  readonly byMadeAt: string;
}

/**
 * Keeps edits to be written at a later time. Refused with INVALID_INPUT, INVALID_KEY, DUPLICATE_KEY, TOO_LARGE, and for
 * whatever the edits would be refused now (codes of `planChange`, below `changes.<n>`).
 */
export function planSchedule(image: Image, request: ScheduleRequest, options: PlanOptions): Plan {
  const { key, changes = [], within = USUAL_WITHIN } = request;
  if (!keySchema.safeParse(key).success) {
    const message =
      'A key is 1 to 100 letters, digits, ".", "_", ":" or "-", and starts with a letter or digit.';
    return refuse([{ field: 'key', message, code: 'INVALID_KEY' }]);
  }
  if (scheduleOf(image, key) !== undefined) {
    const message = `There is a scheduled change "${key}" already, or was one lately: take another key.`;
    return refuse([{ field: 'key', message, code: 'DUPLICATE_KEY' }]);
  }
  const pending = schedules(image).filter(({ change }) => change.status === 'pending').length;
  if (pending >= MOST_PENDING) {
    const message = `${pending} changes are scheduled; at most ${MOST_PENDING}: cancel some.`;
    return refuse([{ field: 'key', message, code: 'TOO_LARGE' }]);
  }
  return keep(image, { ...request, changes, within, applyAt: request.applyAt ?? '' }, 0, options);
}

/** Edits a scheduled change that is pending; who edits it is who it is written for. As `planSchedule`, and NOT_FOUND, NOT_PENDING. */
export function planReschedule(image: Image, request: ScheduleRequest, options: PlanOptions): Plan {
  const standing = pendingOf(image, request.key);
  if ('refusal' in standing) return refuse([standing.refusal]);
  const { changes, within, applyAt } = standing.change;
  const asked = {
    ...request,
    changes: request.changes ?? changes,
    within: request.within ?? within,
    applyAt: request.applyAt ?? new Date(applyAt).toISOString(),
  };
  return keep(image, asked, standing.revision, options);
}

/** Gives up a scheduled change that is pending. NOT_FOUND, NOT_PENDING. */
export function planCancel(image: Image, key: string, now: number): Plan {
  const standing = pendingOf(image, key);
  if ('refusal' in standing) return refuse([standing.refusal]);
  const value: ScheduledChange = { ...standing.change, status: 'cancelled', endedAt: now };
  return {
    errors: [],
    warnings: [],
    commit: {
      edits: [],
      expected: {},
      state: [{ key: stateKey.schedule(key), value, expected: standing.revision }],
      event: { kind: 'unschedule', subject: subjectOf(value), evidence: { scheduled: key } },
    },
  };
}

function keep(
  image: Image,
  request: Required<ScheduleRequest>,
  expected: number,
  options: PlanOptions,
): Plan {
  const { key, changes, within, reason, by, byMadeAt } = request;
  const applyAt = Date.parse(request.applyAt);
  const faults = [...timeFaults(request, options.now), ...listFaults(changes)];
  if (faults.length > 0) return refuse(faults);
  const proposals = scheduleProposals(image, changes);
  const foreseen = planChange(image, proposals, { ...options, expected: scheduleExpected(changes) });
  if (foreseen.commit === null) return foreseen;
  const value: ScheduledChange = {
    key,
    changes,
    applyAt,
    within,
    reason,
    by,
    byMadeAt,
    epoch: image.epoch,
    scheduledAt: options.now,
    status: 'pending',
    endedAt: null,
    revision: null,
    errors: [],
  };
  const evidence = { scheduled: key, applyAt: new Date(applyAt).toISOString() };
  return {
    errors: [],
    warnings: foreseen.warnings,
    commit: {
      edits: [],
      expected: {},
      state: [{ key: stateKey.schedule(key), value, expected }],
      event: { kind: 'schedule', subject: subjectOf(value), evidence },
    },
  };
}

function timeFaults({ applyAt, within }: Required<ScheduleRequest>, now: number): UserError[] {
  const faults: UserError[] = [];
  const fault = (field: string, message: string): void =>
    void faults.push({ field, message, code: 'INVALID_INPUT' });
  const at = ISO.test(applyAt) ? Date.parse(applyAt) : Number.NaN;
  if (Number.isNaN(at)) fault('applyAt', 'Give a date and time with offset: 2030-01-31T09:00:00Z.');
  else if (at <= now) fault('applyAt', `It is ${new Date(now).toISOString()} by now: give a later time.`);
  else if (at > now + LONGEST_AHEAD) fault('applyAt', 'Give a time within a year.');
  if (!Number.isInteger(within) || within < 1 || within > LONGEST_WITHIN)
    fault('within', `Give 1 to ${LONGEST_WITHIN} seconds.`);
  return faults;
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

function listFaults(changes: readonly ScheduledEdit[]): UserError[] {
  if (changes.length === 0)
    return [{ field: 'changes', message: 'Give at least one change.', code: 'INVALID_INPUT' }];
  if (changes.length > MOST_CHANGES || JSON.stringify(changes).length > LARGEST) {
    const message = `At most ${MOST_CHANGES} changes of 256 KiB together.`;
    return [{ field: 'changes', message, code: 'TOO_LARGE' }];
  }
  return changes.flatMap(({ value, set }, index): UserError[] => {
    if ((value === undefined) !== (set === undefined)) return [];
    const message = 'Give exactly one of value (the whole document, null to delete it) and set.';
    return [{ field: `changes.${index}.value`, message, code: 'INVALID_INPUT' }];
  });
}

function pendingOf(
  image: Image,
  key: string,
): { readonly change: ScheduledChange; readonly revision: number } | { readonly refusal: UserError } {
  const standing = scheduleOf(image, key);
  if (standing === undefined) {
    const message = `There is no scheduled change "${key}" here.`;
    return { refusal: { field: 'key', message, code: 'NOT_FOUND' } };
  }
  if (standing.change.status === 'pending') return standing;
  const message = `The scheduled change "${key}" is ${standing.change.status} by now.`;
  return { refusal: { field: 'key', message, code: 'NOT_PENDING' } };
}
