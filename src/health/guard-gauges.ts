import { Gauge } from 'prom-client';
import type { GuardRecord } from '../domain/guard/guard-record.js';
import { type Image, stateKey } from '../domain/image.js';
import type { Assignment } from '../domain/rollout/assignment.js';

const labelNames = ['environment', 'guard', 'subject'] as const;
const ASSIGNED = stateKey.assignment('');
const FORM = /^guard\/([^/]+)\/(.+)$/;

/** What each guard makes of each subject; a series that is absent has nothing to say yet. */
const gauges = {
  logE: gaugeOf('tidegate_guard_log_evidence', 'Log of the evidence against the new arm.'),
  windows: gaugeOf('tidegate_guard_windows', 'Windows with traffic that were judged in this run.'),
  dataAt: gaugeOf(
    'tidegate_guard_data_timestamp_seconds',
    'End of the last window with data; a blind guard is blind since then.',
  ),
  unseen: gaugeOf(
    'tidegate_guard_unseen_since_timestamp_seconds',
    'Since when it can not judge though the new arm is in use; absent while it can.',
  ),
  lost: gaugeOf(
    'tidegate_guard_lost_seconds',
    'Time of which nothing could be read: its data was too old, or nobody was heard.',
  ),
} as const;
const state = new Gauge({
  name: 'tidegate_guard_state',
  help: 'State of each guard on each subject: 1 for the one it is in.',
  labelNames: [...labelNames, 'state'] as const,
});

const assigned = new Gauge({
  name: 'tidegate_rollout_assignment_log_evidence',
  help: 'Log of the evidence that users are not assigned to the arms as configured; events are untrusted from 6.9 on.',
  labelNames: ['environment', 'rollout'] as const,
});

/** Forgets what was told before: guards and subjects come and go. */
export function resetGuardGauges(): void {
  state.reset();
  assigned.reset();
  for (const gauge of Object.values(gauges)) gauge.reset();
}

/** Tells of the guards of one environment. */
export function tellGuards({ scope, states }: Image): void {
  for (const { key, value } of states.values()) {
    if (key.startsWith(ASSIGNED))
      assigned.set({ environment: scope, rollout: key.slice(ASSIGNED.length) }, (value as Assignment).logE);
    const [, guard, subject] = FORM.exec(key) ?? [];
    if (guard === undefined || subject === undefined) continue;
    const record = value as GuardRecord;
    const labels = { environment: scope, guard, subject };
    state.set({ ...labels, state: record.trip === null ? record.state : 'tripped' }, 1);
    gauges.windows.set(labels, record.windows);
    gauges.lost.set(labels, record.lost / 1_000);
    if (record.unseen != null) gauges.unseen.set(labels, record.unseen.since / 1_000);
    if (record.logE !== null) gauges.logE.set(labels, record.logE);
    if (record.dataAt !== null) gauges.dataAt.set(labels, record.dataAt / 1_000);
  }
}

function gaugeOf(name: string, help: string): Gauge<(typeof labelNames)[number]> {
  return new Gauge({ name, help, labelNames });
}
