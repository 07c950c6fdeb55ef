import { z } from 'zod';
import {
  burnSchema,
  GUARD_KINDS,
  kOfNSchema,
  latencySchema,
  meanSchema,
  shareSchema,
  strataSchema,
  toplineSchema,
} from './guard-kind.js';
import { keySchema, labelSchema } from './key.js';
import { ATTRIBUTION_WINDOWS } from './units.js';
import { isPlainSelector } from './metric-selector.js';
import { outgoingUrl, secretRefSchema } from './outgoing-url.js';

const selector = z
  .string()
  .min(1)
  .max(2_000)
  .refine(
    isPlainSelector,
    'must be a plain selector: name, {matchers} or name{matchers}, without functions, operators, ranges or offsets',
  );

/** Where a guard's figures come from. */
export const GUARD_SOURCES = ['prometheus', 'events', 'otlp', 'webhook'] as const;

/** What a query can select. */
export const SELECTORS = ['bad', 'total', 'sum', 'buckets'] as const;
export type SelectorName = (typeof SELECTORS)[number];

/**
 * Plain Prometheus selectors (no functions) of the same metric, and the label that tells the arms apart. The answer is
 * differenced per series by us, so all must select counters. Which ones a guard needs depends on its kind: `bad` and `total`;
 * `buckets` for `latency`; `sum` and `total` (how many) for `mean`.
 */
export const guardQuerySchema = z.strictObject({
  bad: selector.optional(),
  total: selector.optional(),
  /** The sum of values, as `…_sum`. */
  sum: selector.optional(),
  /** The buckets of a histogram, as `…_bucket`: all of them, told apart by `le`. */
  buckets: selector.optional(),
  arm: z.strictObject({ label: keySchema, new: z.string().min(1), control: z.string().min(1) }),
});

/**
 * Built-in queries. `envoy`: upstream clusters of a plain Envoy; `istio`: `istio_requests_total` of the client side; `linkerd`:
 * its proxies; `nginxGateway`: NGINX Gateway Fabric with NGINX Plus; `httpServer`: OpenTelemetry's conventions for HTTP servers.
 */
export const GUARD_TEMPLATES = ['envoy', 'istio', 'linkerd', 'nginxGateway', 'httpServer'] as const;
/** Labels by which a template tells versions and failures apart, as Prometheus and OpenTelemetry spell them: no strata. */
export const TELLING_LABELS: {
  readonly [template in (typeof GUARD_TEMPLATES)[number]]: readonly string[];
} = {
  envoy: ['cluster_name', 'response_code_class'],
  istio: ['destination_version', 'response_code'],
  linkerd: ['dst_deployment', 'classification'],
  nginxGateway: ['nginx_upstream_name', 'nginx_status_range'],
  httpServer: [
    'service_version',
    'service.version',
    'http_response_status_code',
    'http.response.status_code',
  ],
};
/** Which templates each source has. */
export const TEMPLATES_OF = {
  prometheus: ['envoy', 'istio', 'linkerd', 'nginxGateway', 'httpServer'],
  events: [],
  otlp: ['httpServer'],
  webhook: [],
} as const satisfies { readonly [source: string]: readonly (typeof GUARD_TEMPLATES)[number][] };

/**
 * What a trip does. `disable`: the rollout's rules go and the flag goes off (alone: flag off, or route closed). `restore`: the
 * rules go. `stepBack`: the rollout goes back to the step before, paused. `pause`: it stays where it is, paused. `tell`: it is
 * told and nothing else. `none`: it is only recorded, a rehearsal.
 */
export const GUARD_ACTIONS = ['disable', 'restore', 'stepBack', 'pause', 'tell', 'none'] as const;

/** What a guard does once it has not been able to judge for its patience; `hold`: nothing but tell, and hold as before. */
export const BLIND_ACTIONS = ['hold', 'disable', 'restore', 'stepBack', 'pause'] as const;

const target = z.union([
  z.strictObject({ flag: keySchema, new: keySchema, control: keySchema }),
  z.strictObject({ route: keySchema, new: keySchema, control: keySchema }),
]);

/**
 * Phi of a guard that gives none. Requests of one client and pods that differ scatter latency most; a mean is judged by how much its
 * windows scatter.
 */
export const USUAL_PHI = { ratio: 2, latency: 4, mean: 1, drop: 2, burn: 1, kOfN: 1, topline: 1 } as const;

/**
 * A metric condition on the new arm. Of kind `ratio` it is relative (`margin`: the bad share of the new arm may be at most margin ×
 * that of the concurrent control), absolute (`threshold`: a share in (0, 1)), or both. What another kind needs stands
 * in the object of its name. Sources `prometheus` and `otlp` (pushed metrics) take `query` or `template`; source `events` takes
 * `events`; source `webhook` takes `webhook`, a URL that answers with counts. It stands in a rollout's `guards` (arms = the rollout's), or
 * alone with a `target`.
 */
const fields = z.strictObject({
  key: keySchema,
  description: z.string().max(2_000).default(''),
  kind: z.enum(GUARD_KINDS).default('ratio'),
  source: z.enum(GUARD_SOURCES),
  /** Which Prometheus, by its name in the service's settings; null: the one that has no name. */
  server: labelSchema.nullable().default(null),
  query: guardQuerySchema.nullable().default(null),
  template: z.enum(GUARD_TEMPLATES).nullable().default(null),
  events: z
    .strictObject({
      flag: keySchema,
      bad: keySchema,
      /** `exposures` (evaluations of the flag) or an event. */
      total: keySchema.default('exposures'),
      /**
       * Counts users in place of events: of those first exposed in a window, how many did it within so many seconds of that.
       * Absent: every event counts.
       */
      within: z.literal(ATTRIBUTION_WINDOWS).optional(),
    })
    .nullable()
    .default(null),
  /** What is asked for counts; the secret behind `secretRef` signs the question and is never sent. */
  webhook: z.strictObject({ url: outgoingUrl, secretRef: secretRefSchema }).nullable().default(null),
  /** How many times the control's the new arm's may be: 1 or more, or 1 or less where lower is worse. Of a mean m: m + (margin − 1)·|m|. */
  margin: z.number().gt(0).max(100).nullable().default(null),
  threshold: shareSchema.nullable().default(null),
  latency: latencySchema.nullable().default(null),
  mean: meanSchema.nullable().default(null),
  burn: burnSchema.nullable().default(null),
  kOfN: kOfNSchema.nullable().default(null),
  topline: toplineSchema.nullable().default(null),
  strata: strataSchema.nullable().default(null),
  /** False-alarm budget of a rollout run, or of 30 days for a standing guard. */
  alpha: shareSchema.default(0.01),
  /** Its importance among the guards that can stop the same rollout, which share the budget by weight. */
  weight: z.number().gt(0).max(1_000).default(1),
  /** Overdispersion: divides the evidence. 1 = independent events. Where it is not given, or null: 2, for latency 4, for a mean 1. */
  phi: z.number().min(1).max(1_000).nullable().default(null),
  /** Whether phi rises to what the metric's history speaks for when a run begins. null: where phi is not given. */
  phiFromHistory: z.boolean().nullable().default(null),
  /** Bad events in the new arm below which nothing trips. */
  minEvents: z.int().min(1).max(1_000_000).default(5),
  /** null: `disable` where the flag's off variant is the control, else `restore`. */
  action: z.enum(GUARD_ACTIONS).nullable().default(null),
  /** Seconds that it may be blind, untrusted or without any series, while the new arm is in use, until that is told and `whenBlind` is done. */
  patience: z.int().min(1).max(86_400).default(300),
  whenBlind: z.enum(BLIND_ACTIONS).default('hold'),
  /**
   * A guard that compares the variants of a flag which runs on the same pods: before this one blames the version, it is asked.
   */
  asks: keySchema.nullable().default(null),
  target: target.nullable().default(null),
  /** Whose metrics a template reads, in a rollout that moves several routes; one route needs no naming. */
  route: labelSchema.nullable().default(null),
});

export const guardSchema = fields.transform((guard) => ({
  ...guard,
  phi: guard.phi ?? USUAL_PHI[guard.kind],
  phiFromHistory: guard.phiFromHistory ?? guard.phi === null,
}));

export type Guard = z.output<typeof guardSchema>;
export type GuardInput = z.input<typeof guardSchema>;
export type GuardQuery = z.output<typeof guardQuerySchema>;
export type GuardTarget = NonNullable<Guard['target']>;
export type GuardAction = NonNullable<Guard['action']>;
export type BlindAction = Guard['whenBlind'];

/** Whether a guard holds steps back and, once tripped, stays in the way until it is reset; not one that only tells or records. */
export function isBinding({ action }: Pick<Guard, 'action'>): boolean {
  return action !== 'tell' && action !== 'none';
}
