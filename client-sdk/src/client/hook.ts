import type { EvaluationContext } from '../engine/index.js';
import type { Details, ValueKind } from './details.js';

/** One evaluation, as hooks see it; the same object in every stage, so that a WeakMap can hold what belongs to it. */
export interface HookCall {
  readonly flag: string;
  /** What was asked for; null where any kind will do. */
  readonly kind: ValueKind | null;
  /** The default that the caller gave. */
  readonly fallback: unknown;
  /** A copy of what the flag is evaluated for, the default context included and private attributes left out. */
  readonly context: EvaluationContext;
}

/** One event that the application tracks, as hooks see it. */
export interface TrackCall {
  readonly event: string;
  readonly value: number;
  /** A copy, private attributes left out. */
  readonly context: EvaluationContext;
}

/**
 * Stages around every evaluation; the names are OpenFeature's. Synchronous. `before` and `tracked` run in the order of
 * the hooks, the others in reverse. A hook that throws, or whose promise is rejected, is told as an `error` event of
 * code HOOK and changes no answer; within a hook, evaluations run without hooks.
 */
export interface Hook {
  /** Names the hook in errors. */
  readonly name?: string;
  /** Attributes that it returns are added to the context, over those that are there. */
  before?(call: HookCall): EvaluationContext | void;
  /** The flag gave the answer, or has none to give (`errorCode` undefined). */
  after?(call: HookCall, details: Details): void;
  /** The default had to be used: `errorCode` and `errorMessage` say why. */
  error?(call: HookCall, details: Details): void;
  /** Always, last. */
  finally?(call: HookCall, details: Details): void;
  /** The application tracks an event, whether a guard asks for it or not. */
  tracked?(call: TrackCall): void;
}

export const HOOK_STAGES = ['before', 'after', 'error', 'finally', 'tracked'] as const;
export type HookStage = (typeof HOOK_STAGES)[number];
