import {
  ATTRIBUTE_OPERATORS,
  type Condition,
  type Flag,
  FLAG_TYPES,
  type Json,
  type Route,
  type Segment,
  type SegmentChange,
  type Snapshot,
  type SnapshotDelta,
} from '@tidegate/sdk/engine';
import { z } from 'zod';

// The shape of what is shipped, not the rules for what may be saved: those are the domain's, and all that they let
// pass fits here.

/** Any JSON value. */
export const jsonSchema: z.ZodType<Json> = z.lazy(() =>
  z.union([
    z.null(),
    z.boolean(),
    z.number(),
    z.string(),
    z.array(jsonSchema),
    z.record(z.string(), jsonSchema),
  ]),
);
const pathSchema = z.array(z.string());
const keySchema = z.string();

/** A condition tree; see `Condition` of the engine. */
export const conditionSchema: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    z.strictObject({ all: z.array(conditionSchema) }),
    z.strictObject({ any: z.array(conditionSchema) }),
    z.strictObject({ not: conditionSchema }),
    z.strictObject({ operator: z.literal('inSegment'), value: z.string() }),
    z.strictObject({ attribute: pathSchema, operator: z.enum(ATTRIBUTE_OPERATORS), value: jsonSchema }),
  ]),
);

const ruleFields = { id: z.string(), description: z.string().optional(), condition: conditionSchema };

const flagServeSchema = z.union([
  z.strictObject({ variant: z.string() }),
  z.strictObject({
    split: z.strictObject({
      bucketBy: pathSchema,
      salt: z.string(),
      arms: z.array(z.strictObject({ variant: z.string(), weight: z.int().min(0).max(100_000) })),
      otherwise: z.union([z.strictObject({ arm: z.string() }), z.literal('error')]).optional(),
    }),
  }),
]);

export const flagContract: z.ZodType<Flag> = z.strictObject({
  key: keySchema,
  type: z.enum(FLAG_TYPES),
  description: z.string(),
  owner: z.string(),
  tags: z.array(z.string()),
  lifetime: z.enum(['temporary', 'permanent']),
  expiresAt: z.string().nullable(),
  variants: z.record(z.string(), jsonSchema),
  enabled: z.boolean(),
  defaultVariant: z.string().nullable(),
  offVariant: z.string().nullable(),
  prerequisites: z.array(z.strictObject({ flag: keySchema, variants: z.array(z.string()) })),
  targets: z.array(z.strictObject({ variant: z.string(), keys: z.array(z.string()) })),
  rules: z.array(z.strictObject({ ...ruleFields, serve: flagServeSchema })),
});

export const segmentContract: z.ZodType<Segment> = z.strictObject({
  key: keySchema,
  description: z.string(),
  rules: z.array(conditionSchema),
  included: z.array(z.string()),
  excluded: z.array(z.string()),
});

const keyListChangeSchema = z.strictObject({ added: z.array(z.string()), removed: z.array(z.string()) });

/** A segment that stood before: whole but for its keys, of which it tells what was added and removed. */
export const segmentChangeContract: z.ZodType<SegmentChange> = z.strictObject({
  key: keySchema,
  description: z.string(),
  rules: z.array(conditionSchema),
  included: keyListChangeSchema,
  excluded: keyListChangeSchema,
});

const routeServeSchema = z.union([
  z.strictObject({ version: z.string() }),
  z.strictObject({
    split: z.strictObject({
      arms: z.array(z.strictObject({ version: z.string(), weight: z.int().min(0).max(10_000) })),
      otherwise: z.union([z.strictObject({ arm: z.string() }), z.literal('weights')]).optional(),
    }),
  }),
]);

export const routeContract: z.ZodType<Route> = z.strictObject({
  key: keySchema,
  description: z.string(),
  service: z.string(),
  port: z.int(),
  gateways: z.array(z.strictObject({ name: z.string(), hosts: z.array(z.string()) })),
  mesh: z.boolean(),
  versions: z.record(z.string(), z.record(z.string(), z.string())),
  salt: z.string(),
  bucketBy: pathSchema,
  affinity: z.literal('cookie').nullable().optional(),
  rules: z.array(z.strictObject({ ...ruleFields, serve: routeServeSchema })),
  default: z.string(),
  closed: z.string().nullable(),
  mirror: z.strictObject({ version: z.string(), percent: z.number() }).nullish(),
  ownership: z.enum(['exclusive', 'delegate']).optional(),
  audiences: z.array(z.string()).optional(),
});

const eventsSchema = z
  .record(z.string(), z.array(z.string()))
  .meta({ description: 'Event → flags that it is credited to.' });

const position = { epoch: z.string(), revision: z.int().min(0) };
const documents = {
  flags: z.array(flagContract),
  segments: z.array(segmentContract),
  routes: z.array(routeContract),
};

export const snapshotSchema: z.ZodType<Snapshot> = z.strictObject({
  environment: z.string(),
  ...position,
  ...documents,
  events: eventsSchema,
});

/** What follows the snapshot of revision `from`. `events` is whole. */
export const deltaSchema: z.ZodType<SnapshotDelta> = z.strictObject({
  ...position,
  from: z.int().min(0),
  ...documents,
  segmentChanges: z.array(segmentChangeContract),
  deleted: z.array(z.strictObject({ kind: z.enum(['flag', 'segment', 'route']), key: keySchema })),
  events: eventsSchema,
});
