import type { ChangeEvent } from '../change.js';
import { type Image, stateKey } from '../image.js';
import type { Plan } from '../plan.js';
import { planChange } from '../plan-change.js';
import type { UserError } from '../problem.js';
import type { ForeignRoute } from '../route-checks.js';
import type { SourceSetup } from '../source-setup.js';
import { scheduleExpected, scheduleProposals } from './schedule-proposals.js';
import { type ScheduledChange, schedules, type StoredSchedule, subjectOf } from './scheduled-change.js';

/** How long, and how many of them, scheduled changes are kept after they have ended. */
const KEPT_FOR = 30 * 24 * 3_600_000;
const MOST_ENDED = 500;

type PlannedCommit = NonNullable<Plan['commit']>;

/** The scheduled changes whose time has come, the earliest first. */
export function dueSchedules(image: Image, now: number): StoredSchedule[] {
  return schedules(image)
    .filter(({ change }) => change.status === 'pending' && change.applyAt <= now)
    .sort((a, b) => a.change.applyAt - b.change.applyAt);
}

/** Those that ended too long ago to be kept, or are too many. */
export function outlivedSchedules(image: Image, now: number): StoredSchedule[] {
  const ended = schedules(image).filter(({ change }) => change.status !== 'pending');
  const latestFirst = ended.toSorted((a, b) => (b.change.endedAt ?? 0) - (a.change.endedAt ?? 0));
  return latestFirst.filter(
    ({ change }, index) => index >= MOST_ENDED || (change.endedAt ?? 0) < now - KEPT_FOR,
  );
}

export interface Applying {
  /** Store time, epoch milliseconds. */
  readonly now: number;
  /** Why whoever scheduled it may not write this any more; null: they may. */
  readonly refusal: UserError | null;
  readonly others: readonly ForeignRoute[];
  /** As in `PlanOptions`. */
  readonly setup?: SourceSetup;
}

/**
 * The one commit of a scheduled change whose time has come: its edits by the rules of any edit, and that it is applied,
 * at the revision that this takes, with what there was to say of them (`warnings`); or that it failed and why, or was missed, and no edit. It rests on the whole
 * environment standing still, and on the change being pending, so it is written once.
 */
export function applyScheduled(
  image: Image,
  { change, revision }: StoredSchedule,
  applying: Applying,
): PlannedCommit {
  const { now, refusal, others, setup } = applying;
  const late = now - change.applyAt;
  const basis = { change, stored: revision, now };
  if (late > change.within * 1_000) return ended(basis, 'missed', [missed(change, late)]);
  if (refusal !== null) return ended(basis, 'failed', [refusal]);
  const expected = scheduleExpected(change.changes);
  if (Object.keys(expected).length > 0 && change.epoch !== image.epoch)
    return ended(basis, 'failed', [otherEpoch()]);
  const proposals = scheduleProposals(image, change.changes);
  const options = {
    now,
    actor: `token:${change.by}`,
    expected,
    others,
    ...(setup === undefined ? {} : { setup }),
  };
  const { errors, warnings, commit } = planChange(image, proposals, options);
  if (commit === null) return ended(basis, 'failed', errors);
  const value: ScheduledChange = {
    ...change,
    status: 'applied',
    endedAt: now,
    revision: image.revision + 1,
    ...(warnings.length > 0 ? { warnings } : {}),
  };
  const state = { key: stateKey.schedule(change.key), value, expected: revision };
  const evidence = { scheduled: change.key, late };
  return {
    ...commit,
    asOf: image.revision,
    state: [...(commit.state ?? []), state],
    event:
      commit.event === undefined
        ? { kind: 'apply', subject: subjectOf(change), evidence }
        : { ...commit.event, evidence: { ...commit.event.evidence, ...evidence } },
  };
}

interface Basis {
  readonly change: ScheduledChange;
  readonly stored: number;
  readonly now: number;
}

function ended(
  { change, stored, now }: Basis,
  status: 'failed' | 'missed',
  errors: readonly UserError[],
): PlannedCommit {
  const value: ScheduledChange = { ...change, status, endedAt: now, errors };
  const codes = errors.map(({ code }) => code);
  const event: ChangeEvent = {
    kind: 'fail',
    subject: subjectOf(change),
    evidence: { scheduled: change.key, status, codes },
  };
  return {
    edits: [],
    expected: {},
    state: [{ key: stateKey.schedule(change.key), value, expected: stored }],
    event,
  };
}

function missed({ within }: ScheduledChange, late: number): UserError {
  const message = `Its time was ${Math.round(late / 1_000)} s ago and it is applied within ${within} s only: schedule it anew.`;
  return { field: 'applyAt', message, code: 'NOT_PENDING' };
}

function otherEpoch(): UserError {
  const message = 'The store began a new epoch since: revisions that were read before mean nothing in it.';
  return { field: 'changes', message, code: 'STALE_REVISION' };
}
