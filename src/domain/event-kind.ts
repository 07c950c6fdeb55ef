/**
 * What is told as an event: to history, to SDKs as an empty delta, and to webhooks. Acts on rollouts and guards, what a
 * replica writes again after a loss, where edits came from: the undoing of a change, another environment, a schedule;
 * and that an old version was scaled to zero.
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
  'rollback',
  'revert',
  'copy',
  'schedule',
  'unschedule',
  'apply',
  'fail',
  'scale',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];
