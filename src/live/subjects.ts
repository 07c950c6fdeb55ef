import type { GuardRecord } from '../domain/guard/guard-record.js';
import type { TroubleCode } from '../domain/guard/trouble.js';
import { type Image, stateKey } from '../domain/image.js';
import { positionToken, type RolloutPosition } from '../domain/rollout.js';
import { positionOf } from '../domain/rollout/position.js';
import type { RouteStatus } from '../domain/route-status.js';
import { isSameJson } from '../domain/same-json.js';
import type { Subject } from './standings.js';

export interface RolloutProgress {
  readonly rollout: string;
  readonly position: (RolloutPosition & { readonly token: string }) | null;
  readonly steps: number;
  readonly hold: number | null;
}

/** Where rollouts stand; keys are theirs. */
export const ROLLOUTS: Subject<RolloutProgress> = {
  kind: 'rollout',
  keysOf: ({ documents }) => documents.list('rollout').map(({ key }) => key),
  standingOf: (image, key) => {
    const rollout = image.documents.value('rollout', key);
    if (rollout === undefined) return { rollout: key, position: null, steps: 0, hold: null };
    const { position } = positionOf(image, key);
    const { steps } = rollout;
    const hold = steps[position.step]?.hold ?? null;
    return {
      rollout: key,
      position: { ...position, token: positionToken(position) },
      steps: steps.length,
      hold,
    };
  },
  isSame: isSameJson,
};

export interface RouteProgress {
  readonly route: string;
  readonly status: RouteStatus | null;
}

/** What the mesh says of routes; keys are theirs. A route that is gone is told of until it is released. */
export const ROUTES: Subject<RouteProgress> = {
  kind: 'route',
  keysOf: ({ documents, states }) => [
    ...documents.list('route').map(({ key }) => key),
    ...stateKeys(states, 'route/'),
  ],
  standingOf: ({ states }, key) => ({
    route: key,
    status: (states.get(stateKey.route(key))?.value as RouteStatus | undefined) ?? null,
  }),
  isSame: sameStatus,
};

export interface GuardEvent {
  readonly guard: string;
  readonly subject: string;
  readonly state: string | null;
  readonly previous: string | null;
  readonly trouble: string;
  readonly troubleCode: TroubleCode | null;
  readonly trippedAt: number | null;
  readonly evidence: unknown;
}

type RecordedEvent = Omit<GuardEvent, 'guard' | 'subject' | 'previous'>;

const GONE: RecordedEvent = {
  state: null,
  trouble: '',
  troubleCode: null,
  trippedAt: null,
  evidence: null,
};

function eventOf({ state, trouble, trip, ...rest }: GuardRecord): RecordedEvent {
  const troubleCode = rest.troubleCode ?? null;
  if (trip === null) return { ...GONE, state, trouble, troubleCode };
  return { state: 'tripped', trouble, troubleCode, trippedAt: trip.at, evidence: trip.evidence };
}

/** States of guards; keys are `<guard>/<subject>`. */
export const GUARDS: Subject<GuardEvent> = {
  kind: 'guard',
  keysOf: ({ states }) => stateKeys(states, 'guard/'),
  standingOf: ({ states }, key) => {
    const guard = guardIn(key);
    const subject = key.slice(guard.length + 1);
    const record = states.get(stateKey.guard(guard, subject))?.value as GuardRecord | undefined;
    return { guard, subject, previous: null, ...(record === undefined ? GONE : eventOf(record)) };
  },
  isSame: (event, before) =>
    event.state === before.state &&
    event.troubleCode === before.troubleCode &&
    event.trippedAt === before.trippedAt,
  tell: (event, before) => ({ ...event, previous: before?.state ?? null }),
};

/** The guard that a key of `GUARDS` names. */
export function guardIn(key: string): string {
  return key.slice(0, Math.max(key.indexOf('/'), 0));
}

function stateKeys(states: Image['states'], prefix: string): string[] {
  return [...states.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
}

/** When it was looked at last is no news. */
function sameStatus({ status }: RouteProgress, { status: before }: RouteProgress): boolean {
  if (status === null || before === null) return status === before;
  return isSameJson({ ...status, checkedAt: 0 }, { ...before, checkedAt: 0 });
}
