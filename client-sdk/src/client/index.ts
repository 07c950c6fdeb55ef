export { createClient, TidegateClient } from './client.js';
export type { ClientEvents, ClientStatus } from './client-events.js';
export type { ConfigurationStats, Origin } from './configuration-stats.js';
export type { DocumentChange, ValueChange } from './flag-watchers.js';
export { ClientError } from './client-error.js';
export type { ClientErrorCode } from './client-error.js';
export type { ClientOptions, OfflineOptions } from './options.js';
export type { ClientStats } from './client-stats.js';
export type { DropReason, ReporterStats } from './reporter-stats.js';
export type { Details, ValueKind } from './details.js';
export type { BoundClient } from './bound-client.js';
export type { Hook, HookCall, TrackCall } from './hook.js';
export type { RouteHeaders } from './route-headers.js';
export type {
  AttributePath,
  EvaluationContext,
  EvaluationErrorCode,
  Flag,
  Json,
  Reason,
  Snapshot,
} from '../engine/index.js';
