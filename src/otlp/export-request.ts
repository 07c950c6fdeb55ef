import { z } from 'zod';

/** Numbers of 64 bits are texts in protobuf's JSON; doubles may be "NaN" and the like. */
const number = z.union([z.number(), z.string().max(40).transform(Number)]);
const nanos = number.default(0).transform((value) => Math.round(value / 1e6));

const attributes = z
  .array(
    z.object({
      key: z.string().max(1_000),
      value: z
        .object({
          stringValue: z.string().optional(),
          boolValue: z.boolean().optional(),
          intValue: z.union([z.number(), z.string()]).optional(),
          doubleValue: number.optional(),
        })
        .nullish(),
    }),
  )
  .default([]);

const moments = { attributes, startTimeUnixNano: nanos, timeUnixNano: nanos, flags: z.number().default(0) };
const numberPoint = z.object({ ...moments, asDouble: number.optional(), asInt: number.optional() });
const histogramPoint = z.object({
  ...moments,
  count: number.default(0),
  sum: number.nullish(),
  bucketCounts: z.array(number).max(1_000).default([]),
  explicitBounds: z.array(number).max(1_000).default([]),
});
/** By number, or by its name in protobuf's JSON. */
const temporality = z
  .union([z.number(), z.string()])
  .default(0)
  .transform((value) => TEMPORALITIES[String(value).replace('AGGREGATION_TEMPORALITY_', '')] ?? null);
const TEMPORALITIES: Readonly<Record<string, 'delta' | 'cumulative'>> = {
  1: 'delta',
  2: 'cumulative',
  DELTA: 'delta',
  CUMULATIVE: 'cumulative',
};
const unread = z.object({ dataPoints: z.array(z.unknown()).default([]) });

const metric = z.object({
  name: z.string().max(1_000).default(''),
  sum: z
    .object({
      dataPoints: z.array(numberPoint).default([]),
      aggregationTemporality: temporality,
      isMonotonic: z.boolean().default(false),
    })
    .optional(),
  histogram: z
    .object({ dataPoints: z.array(histogramPoint).default([]), aggregationTemporality: temporality })
    .optional(),
  gauge: unread.optional(),
  exponentialHistogram: unread.optional(),
  summary: unread.optional(),
});

/** An ExportMetricsServiceRequest in the form of OTLP's JSON; times become epoch ms. What we don't read may be anything. */
export const exportRequestSchema = z.object({
  resourceMetrics: z
    .array(
      z.object({
        resource: z.object({ attributes }).nullish(),
        scopeMetrics: z
          .array(
            z.object({
              scope: z.object({ name: z.string().default('') }).nullish(),
              metrics: z.array(metric).default([]),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
});

export type ExportRequest = z.output<typeof exportRequestSchema>;
export type PushedMetric = z.output<typeof metric>;
export type NumberPoint = z.output<typeof numberPoint>;
export type HistogramPoint = z.output<typeof histogramPoint>;
export type Attributes = z.output<typeof attributes>;
