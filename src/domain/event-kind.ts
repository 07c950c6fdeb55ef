/**
 * What is told as an event: to history, to SDKs as an empty delta, and to webhooks. Acts on rollouts and guards, that a guard
 * can't judge, that users aren't assigned to a rollout's arms as configured, what a
 * replica writes again after a loss, where edits came from: the undoing of a change, another environment, a schedule;
 * that an old version was scaled to zero; and what made a gateway ask the edge, or ask it no more.
 */
export const EVENT_KINDS = [
  'start',
  'step',
  'pause',
  'resume',
  'promote',
  'complete',
  'abort',
  'trip',
  'reset',
  'override',
  'blind',
  'mismatch',
  'rollback',
  'revert',
  'copy',
  'schedule',
  'unschedule',
  'apply',
  'fail',
  'scale',
  'install',
  'uninstall',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];
