import { type Idempotency, VERDICT_ID } from '../../../domain/change.js';
import { ref } from '../../../domain/documents.js';
import { eventSubjects } from '../../../domain/event-subjects.js';
import type { LedgerCommit } from '../ledger-commit.js';
import { REMEMBERED_FOR, type EpochStart } from '../ledger.js';

/** Whether a commit goes on from what stands, makes the slot, or begins an epoch; each needs its own checks. */
export type Act =
  | { readonly act: 'commit'; readonly epoch: string }
  | { readonly act: 'create'; readonly epochs: readonly EpochStart[]; readonly claim: number | null }
  | { readonly act: 'renew'; readonly epochs: readonly EpochStart[]; readonly from: EpochStart };

export interface PlanOptions {
  /** How long changes are kept, ms. */
  readonly keepLog: number;
  /** How long verdicts are kept, ms. */
  readonly keepVerdicts: number;
  /** Channel and message that wake the other replicas. */
  readonly wake: readonly [string, string];
  /** Replicas will be asked whether they have it. */
  readonly confirmed: boolean;
}

const NOTHING: LedgerCommit = { edits: [], expected: {}, actor: '', reason: '' };

/** The arguments of commit.lua. */
export function commitArguments(commit: LedgerCommit | null, act: Act, options: PlanOptions): string[] {
  const { edits, state = [], event = null, verdict, actor, reason } = commit ?? NOTHING;
  const plan = {
    ...options,
    ...actFields(act),
    ...conditions(commit ?? NOTHING),
    logged: edits.length > 0 || event !== null || (act.act === 'create' && commit !== null),
    edits: edits.map(({ kind, key, keys }) => [
      ref(kind, key),
      `{"kind":${quote(kind)},"key":${quote(key)}`,
      ...(keys === undefined ? [] : [`${key} `]),
    ]),
    states: state.map(({ key, expected = -1 }) => [key, expected]),
    about: eventSubjects(event),
    tail: `"actor":${quote(actor)},"reason":${quote(reason)}`,
    event: JSON.stringify(event),
    ...(verdict === undefined ? {} : { verdict: quote(VERDICT_ID) }),
  };
  const lists = edits.flatMap(({ keys }) => (keys === undefined ? [] : [keys]));
  const kept = verdict === undefined ? [] : [verdict.entry];
  const values = [...[...edits, ...state].map(({ value }) => value ?? null), ...lists, ...kept];
  return [plan, ...values].map((value) => JSON.stringify(value));
}

function conditions({ expected, unchanged, asOf, lease, idempotency }: LedgerCommit): object {
  return {
    read: [...Object.entries(expected), ...Object.entries(unchanged ?? {})],
    asOf: asOf ?? -1,
    ...(lease ? { lease: [lease.name, lease.token] } : {}),
    ...(idempotency ? requestOf(idempotency) : {}),
  };
}

function requestOf({ input, answer }: Idempotency): object {
  return {
    request: input,
    answer: answer === undefined ? '' : JSON.stringify(answer),
    keepRequest: REMEMBERED_FOR,
  };
}

/** Epochs as stored: `<epoch>:<revision>`, oldest first, by blanks. */
export function formatEpochs(epochs: readonly EpochStart[]): string {
  return epochs.map(({ epoch, revision }) => `${epoch}:${revision}`).join(' ');
}

export function parseEpochs(text: string): EpochStart[] {
  return text.split(' ').map((part) => {
    const [epoch = '', revision] = part.split(':');
    return { epoch, revision: Number(revision) };
  });
}

function actFields(act: Act): object {
  if (act.act === 'commit') return act;
  const epochs = formatEpochs(act.epochs);
  const epoch = act.epochs.at(-1)?.epoch ?? '';
  return act.act === 'create'
    ? { act: act.act, epoch, epochs, claim: act.claim ?? -1 }
    : { act: act.act, epoch, epochs, from: [act.from.epoch, act.from.revision] };
}

function quote(text: string): string {
  return JSON.stringify(text);
}
