/**
 * Every code that Tidegate answers outside flag evaluation. Closed: clients may switch on it. `api/error-table.ts`
 * maps each to HTTP and GraphQL.
 */
export const ERROR_CODES = [
  // the input, mended by the caller
  'INVALID_INPUT', // a field has the wrong type or form, or is unknown
  'INVALID_KEY', // a key is not of the form that its kind needs
  'DUPLICATE_KEY', // something of that kind and key, or id, exists already
  'NOT_FOUND', // the document named does not exist
  'DANGLING_REFERENCE', // the document refers to something that does not exist
  'REFERENCED', // something refers to the document, so it can't go
  'CYCLE', // prerequisites or segments lead back to themselves
  'WEIGHTS_SUM', // weights don't sum to the total of their kind
  'UNSAFE_PATTERN', // a pattern that is no regular expression in JS and RE2, or can blow up
  'TOO_LARGE', // a body, list, document or query over its limit
  'QUERY_TOO_COMPLEX', // a query over a limit of what it asks for: the message names limit and figure
  'SEGMENT_TOO_LARGE', // a segment of more than 100,000 keys
  'NOT_EXPRESSIBLE', // the mesh can't express a condition at a gateway
  'HOST_TAKEN', // another route has this service, or this host at this gateway
  'EDGE_NEEDED', // affinity by cookie, in an environment whose edge issues none
  'IDENTITY_PAIR_IN_USE', // a claim pair that a route's segment needs
  'RESERVED_NAME', // a name that has a meaning of its own
  // the state of things, mended by acting first
  'STALE_REVISION', // somebody else wrote since this was read
  'CONFLICT', // a later change wrote the same document; in a route's status: another field manager undoes what is written
  'NOT_REVERTIBLE', // the change wrote no documents, or was an act on a rollout or a guard
  'LOG_TRIMMED', // the change log does not reach back so far
  'NOT_PENDING', // the scheduled change was applied, failed, missed or cancelled
  'IDEMPOTENCY_KEY_REUSED', // the same key with another input
  'FLAG_ARCHIVED', // the flag is archived: restore it first
  'OWNED_BY_ROLLOUT', // a rule, default or salt that an unfinished rollout owns
  'ROLLOUT_EXISTS', // the flag or route has an unfinished rollout already
  'ROLLOUT_RUNNING', // only holds can be lengthened now
  'ROLLOUT_STATE', // the act does not start from the rollout's present state
  'LAST_STEP_NOT_FULL', // the last step must be 100 %
  'SAME_ARMS', // new and control are the same
  'SALTS_DIFFER', // routes of one rollout that hash users differently
  'DEFAULT_REQUIRED', // an unfinished rollout needs a default variant
  'GUARD_TRIPPED', // a guard on it is latched: reset it first
  'GUARD_NEEDS_ROUTE', // a metric template, or Prometheus arms, without a route
  'GUARD_NEEDS_FLAG', // an events guard without a flag
  'GUARD_ACTION', // an action that this guard can't take
  'NOT_LATCHED', // nothing to reset
  'NOT_READY', // the route's table isn't applied, or the new version has no ready endpoints
  'OTHER_JUDGE', // another version of the judgement decided a verdict than the one that runs
  // who asks
  'UNAUTHENTICATED', // no token, or one that is not known
  'FORBIDDEN', // the token may not do this
  'TOO_MANY_CLIENTS', // the token brought more new clients within a minute than it may
  'RATE_LIMITED', // the token asks more often than it may, or the address failed to authenticate too often; wait as long as `Retry-After` says
  'TOO_MANY_SUBSCRIPTIONS', // the token has as many subscriptions open as it may
  // the service and what it stands on
  'STORE_UNAVAILABLE', // the store can't be reached; nothing was written, or it is not known whether it was
  'STORE_LOST', // the store has no record of an environment that is known to exist
  'STORE_LOCKED', // another process holds the embedded store
  'STORE_LAYOUT', // the store was written by a newer version
  'STORE_SETTINGS', // Redis is set up in a way that would lose data
  'STALE_LEASE', // another process leads by now
  'MESH_UNAVAILABLE', // the API server can't be reached
  'MESH_REFUSED', // the API server or its webhook refused an object
  'METRICS_UNAVAILABLE', // the metric source can't be reached or answered nonsense
  'CONFIG_INVALID', // an environment variable is missing or wrong
  'GENERAL', // a fault of ours
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];
