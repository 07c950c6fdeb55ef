import type { HttpSettings } from '@tidegate/sdk/engine';
import { z } from 'zod';
import { LONGEST_PATTERN, patternFault } from './pattern/pattern-fault.js';
import { BUCKET_HEADER, KEY_HEADER, SEGMENT_HEADER } from './route-table.js';

const MOST_LISTED = 50;
const OWN_HEADERS = new Set([BUCKET_HEADER, SEGMENT_HEADER, KEY_HEADER]);

const duration = z
  .string()
  .regex(/^\d{1,6}(?:\.\d{1,3})?s$/, 'must be seconds, such as "1.5s", to the millisecond')
  .refine((text) => Number.parseFloat(text) > 0, 'must be at least 1 millisecond');

const headerName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9-]+$/, 'must be the name of a header: letters, digits and "-"');
const editedName = headerName
  .refine((name) => name.toLowerCase() !== 'host', 'must not be host: use rewrite.authority')
  .refine((name) => !OWN_HEADERS.has(name.toLowerCase()), 'must not be a header that Tidegate itself writes');
const headerValue = z
  .string()
  .max(2_000)
  // A percent sign begins a variable of the proxy; one that it can't read makes it refuse all routes.
  .regex(/^(?:[\x20-\x24\x26-\x7e]|%%)*$/, 'must be printable ASCII text, with "%%" for a percent sign');

const names = z.array(headerName).max(MOST_LISTED);
const values = z.record(editedName, headerValue);
const edits = z.strictObject({
  set: values.optional(),
  add: values.optional(),
  remove: z.array(editedName).max(MOST_LISTED).optional(),
});

const pattern = z
  .string()
  .min(1, 'must not be empty')
  .max(LONGEST_PATTERN)
  .superRefine((text, context) => {
    const message = patternFault(text);
    if (message !== null) context.addIssue({ code: 'custom', message, params: { code: 'UNSAFE_PATTERN' } });
  });
const text = z.string().min(1, 'must not be empty').max(500);
const origin = z.union(
  [z.strictObject({ exact: text }), z.strictObject({ prefix: text }), z.strictObject({ regex: pattern })],
  'must be one of {exact}, {prefix} and {regex}',
);
const percentage = z.strictObject({ value: z.number().min(0).max(100) });

const rewrite = z
  .strictObject({
    uri: z
      .string()
      .max(2_000)
      .regex(/^\/[^?#\s]*$/, 'must be a path that begins with "/"')
      .optional(),
    uriRegexRewrite: z.strictObject({ match: pattern, rewrite: text }).optional(),
    authority: z
      .string()
      .max(253)
      .regex(/^[A-Za-z0-9.-]+(?::\d{1,5})?$/, 'must be a host, with a port or without')
      .optional(),
  })
  .refine((given) => Object.values(given).some((value) => value !== undefined), 'must say what to rewrite')
  .refine(
    ({ uri, uriRegexRewrite }) => uri === undefined || uriRegexRewrite === undefined,
    'must have one of uri and uriRegexRewrite',
  );

const retries = z
  .strictObject({
    attempts: z.int().min(0).max(20),
    perTryTimeout: duration.optional(),
    retryOn: z
      .string()
      .max(500)
      .regex(/^[a-z0-9-]+(?:,[a-z0-9-]+)*$/, 'must be conditions with commas between, such as "5xx,reset"')
      .optional(),
    backoff: duration.optional(),
    retryRemoteLocalities: z.boolean().optional(),
    retryIgnorePreviousHosts: z.boolean().optional(),
  })
  .refine(
    (given) => given.attempts > 0 || Object.keys(given).length === 1,
    'must say nothing else where attempts is 0, which turns retries off',
  );

const abort = z
  .strictObject({
    httpStatus: z.int().min(200).max(599).optional(),
    grpcStatus: z
      .string()
      .regex(/^[A-Z_]+$/, 'must be a gRPC status such as "UNAVAILABLE"')
      .optional(),
    percentage: percentage.optional(),
  })
  .refine(
    ({ httpStatus, grpcStatus }) => (httpStatus === undefined) !== (grpcStatus === undefined),
    'must have one of httpStatus and grpcStatus',
  );

const fault = z
  .strictObject({
    delay: z.strictObject({ fixedDelay: duration, percentage: percentage.optional() }).optional(),
    abort: abort.optional(),
  })
  .refine((given) => given.delay !== undefined || given.abort !== undefined, 'must have a delay or an abort');

const corsPolicy = z.strictObject({
  allowOrigins: z.array(origin).max(MOST_LISTED).optional(),
  allowMethods: z
    .array(z.string().regex(/^(?:[A-Z]{3,10}|\*)$/, 'must be a method in upper case, or "*"'))
    .max(20)
    .optional(),
  allowHeaders: z
    .array(z.union([headerName, z.literal('*')]))
    .max(MOST_LISTED)
    .optional(),
  exposeHeaders: names.optional(),
  maxAge: duration.refine((given) => !given.includes('.'), 'must be whole seconds').optional(),
  allowCredentials: z.boolean().optional(),
  unmatchedPreflights: z.enum(['FORWARD', 'IGNORE']).optional(),
});

/**
 * The HTTP settings of a route or of one of its rules; unknown fields are refused, redirect and direct response among
 * them, which would leave no version to send a request to. INVALID_INPUT; UNSAFE_PATTERN for a pattern.
 */
export const httpSettingsSchema = z.strictObject({
  rewrite: rewrite.optional(),
  timeout: duration.optional(),
  retries: retries.optional(),
  fault: fault.optional(),
  corsPolicy: corsPolicy.optional(),
  headers: z.strictObject({ request: edits.optional(), response: edits.optional() }).optional(),
}) satisfies z.ZodType<HttpSettings>;

/** A rule's settings over those of the route, field by field; null where neither says anything. */
export function settingsOver(
  route: HttpSettings | null | undefined,
  rule: HttpSettings | null | undefined,
): HttpSettings | null {
  const joined = { ...route, ...rule };
  return Object.keys(joined).length > 0 ? joined : null;
}
