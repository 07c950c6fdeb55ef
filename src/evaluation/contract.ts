import { z } from 'zod';
import { FLAG_WEIGHT_TOTAL, VALUE_BOUNDS } from '@tidegate/sdk/engine';
import { ERROR_CODES } from '../domain/error-code.js';
import { keySchema } from '../domain/key.js';
import {
  conditionSchema,
  deltaSchema,
  flagContract,
  jsonSchema,
  routeContract,
  segmentChangeContract,
  segmentContract,
  snapshotSchema,
} from './snapshot-contract.js';

/** Entries of one batch of counts. */
const COUNTS_LIMIT = 10_000;

/** What OFREP calls the evaluation context. Unknown attributes are the application's own. */
const contextSchema = z.looseObject({
  targetingKey: z.string().optional().meta({ description: 'Stable subject id; splits hash it.' }),
  verified: z
    .record(z.string(), jsonSchema)
    .optional()
    .meta({ description: 'Counts only from a server token; dropped from a client token.' }),
});

/** Body of both OFREP requests; without a context it is empty. */
const evaluateRequestSchema = z.looseObject({ context: contextSchema.nullable().optional() });

const metadata = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** `value` is left out, never null, where the caller's default applies (`variant` is then ""). */
export const evaluationSuccessSchema = z.strictObject({
  key: z.string(),
  value: jsonSchema.optional(),
  reason: z.enum(['STATIC', 'DEFAULT', 'TARGETING_MATCH', 'SPLIT', 'DISABLED']),
  variant: z.string(),
  metadata,
});

/** OpenFeature's codes; OFREP clients know no others. */
const ofrepErrorCodeSchema = z.enum([
  'PROVIDER_NOT_READY',
  'FLAG_NOT_FOUND',
  'PARSE_ERROR',
  'TYPE_MISMATCH',
  'TARGETING_KEY_MISSING',
  'INVALID_CONTEXT',
  'GENERAL',
]);

export const evaluationFailureSchema = z.strictObject({
  key: z.string(),
  errorCode: ofrepErrorCodeSchema,
  errorDetails: z.string(),
  metadata,
});

export const bulkSuccessSchema = z.strictObject({
  flags: z.array(z.union([evaluationSuccessSchema, evaluationFailureSchema])),
  metadata,
});

export const bulkFailureSchema = z.strictObject({
  errorCode: ofrepErrorCodeSchema,
  errorDetails: z.string(),
});

/** Failures of Tidegate's own routes. */
export const failureSchema = z.strictObject({ errorCode: z.enum(ERROR_CODES), errorDetails: z.string() });

/**
 * Additions to one series: how often, and the sum of the values told. `rule` null: no rule decided. `bucket`: the one that all these
 * values are in, by powers of √2 from 1/16; without one they are 1.
 */
const countSchema = z.strictObject({
  flag: keySchema,
  rule: keySchema.nullable(),
  variant: keySchema,
  event: keySchema,
  bucket: z.int().min(0).max(VALUE_BOUNDS.length).optional(),
  count: z.int().min(1).max(1_000_000_000),
  sum: z.number(),
});

/** Hashes of units in one entry. */
const UNITS_LIMIT = 20_000;

/**
 * Distinct units that one process saw in a rollout's split: hashes, never keys. `event`: `exposures`, or what they did.
 * `share`: weight of the variant by which they were assigned.
 */
const unitSchema = z.strictObject({
  flag: keySchema,
  rule: keySchema,
  variant: keySchema,
  event: keySchema,
  share: z.int().min(0).max(FLAG_WEIGHT_TOTAL),
  units: z
    .array(
      z
        .int()
        .min(0)
        .max(2 ** 32 - 1),
    )
    .min(1)
    .max(UNITS_LIMIT),
});

/** One batch of an SDK. Each pair of client and sequence is applied once, so a batch may be sent again. */
export const eventsRequestSchema = z.strictObject({
  client: z.string().regex(/^[A-Za-z0-9_-]{8,64}$/, 'must be 8 to 64 letters, digits, "_" or "-"'),
  sequence: z.int().min(1),
  counts: z.array(countSchema).max(COUNTS_LIMIT),
  units: z.array(unitSchema).max(COUNTS_LIMIT).optional(),
});

/** `applied` false: this batch was applied before. `dropped`: counts that named nothing known. */
export const eventsAnswerSchema = z.strictObject({ applied: z.boolean(), dropped: z.int().min(0) });

/** Every schema by its name in the OpenAPI document. */
export const contractSchemas = {
  Json: jsonSchema,
  EvaluationContext: contextSchema,
  EvaluateRequest: evaluateRequestSchema,
  EvaluationSuccess: evaluationSuccessSchema,
  EvaluationFailure: evaluationFailureSchema,
  BulkEvaluationSuccess: bulkSuccessSchema,
  BulkEvaluationFailure: bulkFailureSchema,
  Failure: failureSchema,
  EventCount: countSchema,
  UnitCount: unitSchema,
  EventsRequest: eventsRequestSchema,
  EventsAnswer: eventsAnswerSchema,
  Condition: conditionSchema,
  Flag: flagContract,
  Segment: segmentContract,
  SegmentChange: segmentChangeContract,
  Route: routeContract,
  Snapshot: snapshotSchema,
  SnapshotDelta: deltaSchema,
} as const;

export type EventsRequest = z.output<typeof eventsRequestSchema>;
export type EventsAnswer = z.output<typeof eventsAnswerSchema>;
