export { createClient } from './client.js';
export type { ClientEvents, ClientStatus, TidegateClient } from './client.js';
export { ClientError } from './client-error.js';
export type { ClientErrorCode } from './client-error.js';
export type { ClientOptions } from './options.js';
export type { DropReason, ReporterStats } from './reporter-stats.js';
export type { Details } from './details.js';
export type { RouteHeaders } from './route-headers.js';
export type { EvaluationContext, EvaluationErrorCode, Json, Reason } from '../engine/index.js';
