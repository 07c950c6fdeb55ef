export interface paths {
  '/ofrep/v1/evaluate/flags/{key}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Evaluates one flag. */
    post: operations['evaluateFlag'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/ofrep/v1/evaluate/flags': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Evaluates all flags. */
    post: operations['evaluateFlags'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/snapshot': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The whole configuration; server tokens only. */
    get: operations['getSnapshot'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/stream': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The configuration and its changes as server-sent events; server tokens only.
     * @description Events `snapshot` (data: Snapshot) and `delta` (data: SnapshotDelta); ids are `epoch.revision`. A comment comes every 15 s.
     */
    get: operations['streamSnapshot'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Adds a batch of counts, once per client and sequence. */
    post: operations['sendEvents'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /** @description Any JSON value. */
    Json: unknown;
    EvaluationContext: {
      /** @description Stable subject id; splits hash it. */
      targetingKey?: string;
      /** @description Counts only from a server token; dropped from a client token. */
      verified?: {
        [key: string]: components['schemas']['Json'];
      };
    } & {
      [key: string]: unknown;
    };
    EvaluateRequest: {
      context?: components['schemas']['EvaluationContext'] | null;
    } & {
      [key: string]: unknown;
    };
    EvaluationSuccess: {
      key: string;
      value?: components['schemas']['Json'];
      /** @enum {string} */
      reason: 'STATIC' | 'DEFAULT' | 'TARGETING_MATCH' | 'SPLIT' | 'DISABLED';
      variant: string;
      metadata: {
        [key: string]: string | number | boolean;
      };
    };
    EvaluationFailure: {
      key: string;
      /** @enum {string} */
      errorCode:
        | 'PROVIDER_NOT_READY'
        | 'FLAG_NOT_FOUND'
        | 'PARSE_ERROR'
        | 'TYPE_MISMATCH'
        | 'TARGETING_KEY_MISSING'
        | 'INVALID_CONTEXT'
        | 'GENERAL';
      errorDetails: string;
      metadata: {
        [key: string]: string | number | boolean;
      };
    };
    BulkEvaluationSuccess: {
      flags: (components['schemas']['EvaluationSuccess'] | components['schemas']['EvaluationFailure'])[];
      metadata: {
        [key: string]: string | number | boolean;
      };
    };
    BulkEvaluationFailure: {
      /** @enum {string} */
      errorCode:
        | 'PROVIDER_NOT_READY'
        | 'FLAG_NOT_FOUND'
        | 'PARSE_ERROR'
        | 'TYPE_MISMATCH'
        | 'TARGETING_KEY_MISSING'
        | 'INVALID_CONTEXT'
        | 'GENERAL';
      errorDetails: string;
    };
    Failure: {
      /** @enum {string} */
      errorCode:
        | 'INVALID_INPUT'
        | 'INVALID_KEY'
        | 'DUPLICATE_KEY'
        | 'NOT_FOUND'
        | 'DANGLING_REFERENCE'
        | 'REFERENCED'
        | 'CYCLE'
        | 'WEIGHTS_SUM'
        | 'UNSAFE_PATTERN'
        | 'TOO_LARGE'
        | 'QUERY_TOO_COMPLEX'
        | 'SEGMENT_TOO_LARGE'
        | 'NOT_EXPRESSIBLE'
        | 'HOST_TAKEN'
        | 'EDGE_NEEDED'
        | 'IDENTITY_PAIR_IN_USE'
        | 'RESERVED_NAME'
        | 'STALE_REVISION'
        | 'CONFLICT'
        | 'NOT_REVERTIBLE'
        | 'LOG_TRIMMED'
        | 'NOT_PENDING'
        | 'IDEMPOTENCY_KEY_REUSED'
        | 'FLAG_ARCHIVED'
        | 'OWNED_BY_ROLLOUT'
        | 'ROLLOUT_EXISTS'
        | 'ROLLOUT_RUNNING'
        | 'ROLLOUT_STATE'
        | 'LAST_STEP_NOT_FULL'
        | 'SAME_ARMS'
        | 'SALTS_DIFFER'
        | 'DEFAULT_REQUIRED'
        | 'GUARD_TRIPPED'
        | 'GUARD_NEEDS_ROUTE'
        | 'GUARD_NEEDS_FLAG'
        | 'GUARD_ACTION'
        | 'NOT_LATCHED'
        | 'NOT_READY'
        | 'OTHER_JUDGE'
        | 'UNAUTHENTICATED'
        | 'FORBIDDEN'
        | 'TOO_MANY_CLIENTS'
        | 'RATE_LIMITED'
        | 'TOO_MANY_SUBSCRIPTIONS'
        | 'STORE_UNAVAILABLE'
        | 'STORE_LOST'
        | 'STORE_LOCKED'
        | 'STORE_LAYOUT'
        | 'STORE_SETTINGS'
        | 'STALE_LEASE'
        | 'MESH_UNAVAILABLE'
        | 'MESH_REFUSED'
        | 'METRICS_UNAVAILABLE'
        | 'CONFIG_INVALID'
        | 'GENERAL';
      errorDetails: string;
    };
    EventCount: {
      flag: string;
      rule: string | null;
      variant: string;
      event: string;
      bucket?: number;
      count: number;
      sum: number;
    };
    UnitCount: {
      flag: string;
      rule: string;
      variant: string;
      event: string;
      share: number;
      units: number[];
    };
    EventsRequest: {
      client: string;
      sequence: number;
      counts: components['schemas']['EventCount'][];
      units?: components['schemas']['UnitCount'][];
    };
    EventsAnswer: {
      applied: boolean;
      dropped: number;
    };
    Condition:
      | {
          all: components['schemas']['Condition'][];
        }
      | {
          any: components['schemas']['Condition'][];
        }
      | {
          not: components['schemas']['Condition'];
        }
      | {
          /** @constant */
          operator: 'inSegment';
          value: string;
        }
      | {
          attribute: string[];
          /** @enum {string} */
          operator:
            | 'equals'
            | 'in'
            | 'contains'
            | 'startsWith'
            | 'endsWith'
            | 'matches'
            | 'less'
            | 'lessOrEqual'
            | 'greater'
            | 'greaterOrEqual'
            | 'semverEquals'
            | 'semverLess'
            | 'semverGreater'
            | 'before'
            | 'after'
            | 'exists';
          value: components['schemas']['Json'];
        };
    Flag: {
      key: string;
      /** @enum {string} */
      type: 'boolean' | 'string' | 'integer' | 'number' | 'object';
      description: string;
      owner: string;
      tags: string[];
      /** @enum {string} */
      lifetime: 'temporary' | 'permanent';
      expiresAt: string | null;
      variants: {
        [key: string]: components['schemas']['Json'];
      };
      enabled: boolean;
      defaultVariant: string | null;
      offVariant: string | null;
      prerequisites: {
        flag: string;
        variants: string[];
      }[];
      targets: {
        variant: string;
        keys: string[];
      }[];
      rules: {
        id: string;
        description?: string;
        condition: components['schemas']['Condition'];
        serve:
          | {
              variant: string;
            }
          | {
              split: {
                bucketBy: string[];
                salt: string;
                arms: {
                  variant: string;
                  weight: number;
                }[];
                otherwise?:
                  | {
                      arm: string;
                    }
                  | 'error';
              };
            };
      }[];
    };
    Segment: {
      key: string;
      description: string;
      rules: components['schemas']['Condition'][];
      included: string[];
      excluded: string[];
    };
    SegmentChange: {
      key: string;
      description: string;
      rules: components['schemas']['Condition'][];
      included: {
        added: string[];
        removed: string[];
      };
      excluded: {
        added: string[];
        removed: string[];
      };
    };
    Route: {
      key: string;
      description: string;
      service: string;
      port: number;
      gateways: {
        name: string;
        hosts: string[];
      }[];
      mesh: boolean;
      versions: {
        [key: string]: {
          [key: string]: string;
        };
      };
      salt: string;
      bucketBy: string[];
      affinity?: 'cookie' | null;
      rules: {
        id: string;
        description?: string;
        condition: components['schemas']['Condition'];
        serve:
          | {
              version: string;
            }
          | {
              split: {
                arms: {
                  version: string;
                  weight: number;
                }[];
                otherwise?:
                  | {
                      arm: string;
                    }
                  | 'weights';
              };
            };
      }[];
      default: string;
      closed: string | null;
      mirror?: {
        version: string;
        percent: number;
      } | null;
      /** @enum {string} */
      ownership?: 'exclusive' | 'delegate';
      audiences?: string[];
    };
    Snapshot: {
      environment: string;
      epoch: string;
      revision: number;
      flags: components['schemas']['Flag'][];
      segments: components['schemas']['Segment'][];
      routes: components['schemas']['Route'][];
      /** @description Event → flags that it is credited to. */
      events: {
        [key: string]: string[];
      };
    };
    SnapshotDelta: {
      epoch: string;
      revision: number;
      from: number;
      flags: components['schemas']['Flag'][];
      segments: components['schemas']['Segment'][];
      routes: components['schemas']['Route'][];
      segmentChanges: components['schemas']['SegmentChange'][];
      deleted: {
        /** @enum {string} */
        kind: 'flag' | 'segment' | 'route';
        key: string;
      }[];
      /** @description Event → flags that it is credited to. */
      events: {
        [key: string]: string[];
      };
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  evaluateFlag: {
    parameters: {
      query?: never;
      header?: {
        /** @description The user's JWT. What it proves becomes `verified`; a bad one leaves the user without. */
        'X-Tidegate-User-Token'?: string;
      };
      path: {
        /** @description The flag, percent-encoded or raw. */
        key: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['EvaluateRequest'];
      };
    };
    responses: {
      /** @description `value` is left out where the default of the caller applies. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EvaluationSuccess'];
        };
      };
      /** @description A bad body, or a context that the flag needs more of. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EvaluationFailure'];
        };
      };
      /** @description No token, or an unknown one. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EvaluationFailure'];
        };
      };
      /** @description A token of the wrong kind. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EvaluationFailure'];
        };
      };
      /** @description There is no such flag. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EvaluationFailure'];
        };
      };
      /** @description Another method is asked for. */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EvaluationFailure'];
        };
      };
      /** @description Larger than 1 MiB. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EvaluationFailure'];
        };
      };
      /** @description More often than this token, or new clients of it, may come. */
      429: {
        headers: {
          /** @description Whole seconds. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EvaluationFailure'];
        };
      };
      /** @description A fault of ours. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EvaluationFailure'];
        };
      };
      /** @description Not loaded yet, or the store is away. */
      503: {
        headers: {
          /** @description Whole seconds. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EvaluationFailure'];
        };
      };
    };
  };
  evaluateFlags: {
    parameters: {
      query?: never;
      header?: {
        /** @description An ETag; 304 where it still holds. */
        'If-None-Match'?: string;
        /** @description The user's JWT. What it proves becomes `verified`; a bad one leaves the user without. */
        'X-Tidegate-User-Token'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['EvaluateRequest'];
      };
    };
    responses: {
      /** @description One item a flag. */
      200: {
        headers: {
          /** @description Send it again as If-None-Match. */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BulkEvaluationSuccess'];
        };
      };
      /** @description Nothing has changed for this context. */
      304: {
        headers: {
          /** @description Send it again as If-None-Match. */
          ETag?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A bad body. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BulkEvaluationFailure'];
        };
      };
      /** @description No token, or an unknown one. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BulkEvaluationFailure'];
        };
      };
      /** @description A token of the wrong kind. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BulkEvaluationFailure'];
        };
      };
      /** @description Another method is asked for. */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BulkEvaluationFailure'];
        };
      };
      /** @description Larger than 1 MiB. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BulkEvaluationFailure'];
        };
      };
      /** @description More often than this token, or new clients of it, may come. */
      429: {
        headers: {
          /** @description Whole seconds. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BulkEvaluationFailure'];
        };
      };
      /** @description A fault of ours. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BulkEvaluationFailure'];
        };
      };
      /** @description Not loaded yet, or the store is away. */
      503: {
        headers: {
          /** @description Whole seconds. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BulkEvaluationFailure'];
        };
      };
    };
  };
  getSnapshot: {
    parameters: {
      query?: never;
      header?: {
        /** @description An ETag; 304 where it still holds. */
        'If-None-Match'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description ETag is `"epoch.revision"`. */
      200: {
        headers: {
          /** @description Send it again as If-None-Match. */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Snapshot'];
        };
      };
      /** @description Nothing has changed. */
      304: {
        headers: {
          /** @description Send it again as If-None-Match. */
          ETag?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description No token, or an unknown one. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
      /** @description A token of the wrong kind. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
      /** @description Another method is asked for. */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
      /** @description More often than this token, or new clients of it, may come. */
      429: {
        headers: {
          /** @description Whole seconds. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
      /** @description A fault of ours. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
      /** @description Not loaded yet, or the store is away. */
      503: {
        headers: {
          /** @description Whole seconds. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
    };
  };
  streamSnapshot: {
    parameters: {
      query?: {
        /** @description The same, for callers that can set no header. */
        from?: string;
      };
      header?: {
        /** @description Where the caller stands: only the deltas since are sent. */
        'Last-Event-ID'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The stream. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/event-stream': string;
        };
      };
      /** @description No token, or an unknown one. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
      /** @description A token of the wrong kind. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
      /** @description Another method is asked for. */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
      /** @description More often than this token, or new clients of it, may come. */
      429: {
        headers: {
          /** @description Whole seconds. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
      /** @description A fault of ours. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
      /** @description Not loaded yet, or the store is away. */
      503: {
        headers: {
          /** @description Whole seconds. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
    };
  };
  sendEvents: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['EventsRequest'];
      };
    };
    responses: {
      /** @description Taken, now or before. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EventsAnswer'];
        };
      };
      /** @description Not a batch of counts. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
      /** @description No token, or an unknown one. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
      /** @description A token of the wrong kind. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
      /** @description Another method is asked for. */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
      /** @description Larger than 1 MiB. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
      /** @description More often than this token, or new clients of it, may come. */
      429: {
        headers: {
          /** @description Whole seconds. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
      /** @description A fault of ours. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
      /** @description Not loaded yet, or the store is away. */
      503: {
        headers: {
          /** @description Whole seconds. */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Failure'];
        };
      };
    };
  };
}
