/** Acts that are told as events: to history, to SDKs as an empty delta, and to webhooks. */
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
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];
