import { z } from 'zod';
import { keySchema, labelSchema } from './key.js';
import { mirrorPercentSchema } from './mirror-percent.js';
import { previewSchema } from './rollout/preview.js';

/** Seconds, or null: held until somebody promotes. */
const hold = z.int().min(0).max(31_536_000).nullable();

const audienceStep = z.strictObject({ audience: keySchema, hold });
/** Weight of the new arm in 100,000ths; with a route a multiple of 10 (0.01 %). */
const weightStep = z.strictObject({
  weight: z.int().min(1).max(100_000),
  hold,
  /**
   * Seconds held from which on it may go on before its hold is over, once every guard that can stop the rollout has shown in this
   * step that the new arm does no harm (`guard/no-harm.ts`). Absent: not before.
   */
  earlyAfter: z.int().min(0).max(31_536_000).optional(),
});

/** Requests to a preview host of the route, or with a preview header, get the new arm. */
const previewStep = z.strictObject({ preview: previewSchema, hold });

/**
 * The new version gets copies of so many percent of the requests that go to control, and its answers are thrown away. What
 * a request changes is changed twice.
 */
const mirrorStep = z.strictObject({ mirror: mirrorPercentSchema, hold });

/** One step: a segment, previews, or a share of everybody get the new arm, or copies of requests do; then it is held. */
export const stepSchema = z.union([audienceStep, previewStep, mirrorStep, weightStep]);

/** Routes that one rollout moves at most. */
const MOST_ROUTES = 20;

const fields = z.strictObject({
  /** At most 80 characters: the ids of the rules that it writes are made of it. */
  key: keySchema.refine((key) => key.length <= 80, 'must be at most 80 characters'),
  description: z.string().max(2_000).default(''),
  flag: z.strictObject({ key: keySchema, new: keySchema, control: keySchema }).nullable().default(null),
  /** All move in one commit at each act, and hash alike, so that a user is in the same arm of each. */
  routes: z
    .array(z.strictObject({ key: labelSchema, new: labelSchema, control: labelSchema }))
    .max(MOST_ROUTES)
    .default([]),
  steps: z.array(stepSchema).min(1).max(50),
  guards: z.array(keySchema).max(20).default([]),
  /** Hash salt and key of the split; used only without routes (they bring their own). */
  salt: keySchema,
  bucketBy: z.array(z.string().min(1)).min(1).max(8).default(['targetingKey']),
  /** Share kept on control until completion, in 100,000ths; 0 = none. */
  holdback: z.int().min(0).max(50_000).default(0),
});

/**
 * A rollout moves a flag, one or more routes, or both, from the control arm to the new one, step by step. This is the
 * definition; where it stands is state (`RolloutPosition`). `route`, an object or null, is read as `routes` of one or none.
 */
export const rolloutSchema = z.preprocess(withRoutes, fields);

export type Rollout = z.output<typeof fields>;
export type RolloutInput = z.input<typeof fields>;
/** One route that a rollout moves, and between which versions. */
export type RolloutRoute = Rollout['routes'][number];

/** The form before rollouts moved several routes. Where both are given, both stay, and `route` is no known field. */
export function withRoutes(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null || !('route' in raw) || 'routes' in raw) return raw;
  const { route, ...rest } = raw;
  return { ...rest, routes: route === null ? [] : [route] };
}
export type RolloutStep = z.output<typeof stepSchema>;

export const ROLLOUT_STATES = ['draft', 'running', 'paused', 'aborted', 'completed'] as const;
export type RolloutState = (typeof ROLLOUT_STATES)[number];

/**
 * Where a rollout stands; state, key `rollout/<key>`. A rollout without this state is a draft of run 0. Times are the
 * store's, in epoch milliseconds. `held` is the held time of the present step in milliseconds up to `heldAt`, counted
 * only while the hold counted; `heldAt` is null while it does not count.
 */
export interface RolloutPosition {
  readonly run: number;
  /** Index into `steps`. */
  readonly step: number;
  readonly state: RolloutState;
  readonly held: number;
  readonly heldAt: number | null;
  readonly stepStartedAt: number;
  readonly startedAt: number;
  /** Why it is not moving, in words for people; empty while nothing stands in its way, and where a person stopped it. */
  readonly waiting: string;
  /** Key of its guard that aborted it; absent where none did. */
  readonly abortedBy?: string;
}

/** `run.step.state`: what every act names as the position it was decided on. */
export function positionToken(position: RolloutPosition): string {
  return `${position.run}.${position.step}.${position.state}`;
}
