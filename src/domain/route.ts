import { ROUTE_WEIGHT_TOTAL } from '@tidegate/sdk/engine';
import type { Route } from '@tidegate/sdk/engine';
import { z } from 'zod';
import { attributePathSchema, conditionSchema } from './condition.js';
import { httpSettingsSchema } from './http-settings.js';
import { keySchema, labelSchema } from './key.js';
import { mirrorPercentSchema } from './mirror-percent.js';
import { type Report, reportRepeats, reportTo } from './refinement.js';
import { MOST_RULES, descriptionSchema, ruleIdSchema } from './rule-id.js';
import { checkName, checkSplit } from './split-checks.js';

const MOST_VERSIONS = 20;
const MOST_AUDIENCES = 5;
/** `tg-<route>-inside` is the delegate of the mesh, the others are objects of exclusive mode. */
const TAKEN_AUDIENCES = /^(?:inside|mesh|gw|gw-\d+)$/;

const SERVICE_FORM =
  /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.svc(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/;
const GATEWAY_FORM = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\/[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;
const HOST_FORM =
  /^(?:\*\.)?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
const LABEL_NAME_FORM =
  /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE_FORM = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;

const weight = z.int().min(0).max(ROUTE_WEIGHT_TOTAL);

const splitSchema = z.strictObject({
  arms: z
    .array(z.strictObject({ version: labelSchema, weight }))
    .min(1)
    .max(MOST_VERSIONS),
  otherwise: z.union([z.strictObject({ arm: labelSchema }), z.literal('weights')]).optional(),
});

const ruleSchema = z.strictObject({
  id: ruleIdSchema,
  description: descriptionSchema.optional(),
  condition: conditionSchema,
  serve: z.union([z.strictObject({ version: labelSchema }), z.strictObject({ split: splitSchema })]),
  http: httpSettingsSchema.nullish(),
});

const gatewaySchema = z.strictObject({
  name: z.string().max(317).regex(GATEWAY_FORM, 'must be "namespace/name" of an Istio Gateway'),
  hosts: z
    .array(z.string().max(253).regex(HOST_FORM, 'must be a host name in lower case, or "*." and one'))
    .min(1, 'must name at least one host')
    .max(50),
});

const podLabelsSchema = z.record(
  z.string().regex(LABEL_NAME_FORM, 'must be the name of a Kubernetes label'),
  z.string().regex(LABEL_VALUE_FORM, 'must be the value of a Kubernetes label: at most 63 characters'),
);

const fields = z.strictObject({
  key: labelSchema,
  description: descriptionSchema.default(''),
  service: z
    .string()
    .max(253)
    .regex(SERVICE_FORM, 'must be the full name of a Service, such as checkout.shop.svc.cluster.local'),
  port: z.int().min(1).max(65_535).default(80),
  gateways: z.array(gatewaySchema).max(20).default([]),
  mesh: z.boolean().default(true),
  versions: z.record(labelSchema, podLabelsSchema),
  salt: keySchema,
  bucketBy: attributePathSchema.default(['targetingKey']),
  affinity: z.literal('cookie').nullable().optional(),
  rules: z.array(ruleSchema).max(MOST_RULES).default([]),
  default: labelSchema,
  closed: labelSchema.nullable().default(null),
  http: httpSettingsSchema.nullish(),
  mirror: z.strictObject({ version: labelSchema, percent: mirrorPercentSchema }).nullish(),
  ownership: z.enum(['exclusive', 'delegate']).optional(),
  audiences: z.array(labelSchema).max(MOST_AUDIENCES).optional(),
});

/**
 * A route document. What is not given: port 80, no gateways, in the mesh, bucketed by targeting key, no rules, not
 * closed, exclusive. Issues carry `params.code` where it is not INVALID_INPUT: DANGLING_REFERENCE for a version that does not exist,
 * DUPLICATE_KEY for a rule id, arm, gateway or host twice, WEIGHTS_SUM, TOO_LARGE for more than 20 versions.
 */
export const routeSchema: z.ZodType<Route> = fields.superRefine((route, context) => {
  const report = reportTo(context);
  checkVersions(route, report);
  checkAffinity(route, report);
  checkGateways(route, report);
  checkRules(route, report);
  if (route.http?.rewrite?.uri !== undefined)
    report(
      ['http', 'rewrite', 'uri'],
      'replaces what a rule matches of the path, so it stands on a rule that asks for the path; use uriRegexRewrite here',
    );
  checkAudiences(route, report);
});

function checkVersions(route: Route, report: Report): void {
  const entries = Object.entries(route.versions);
  const names = new Set(entries.map(([name]) => name));
  if (names.size === 0) report(['versions'], 'a route needs at least one version');
  if (names.size > MOST_VERSIONS)
    report(['versions'], `has ${names.size} versions; at most ${MOST_VERSIONS}`, 'TOO_LARGE');
  for (const [name, labels] of entries) {
    const count = Object.keys(labels).length;
    if (count === 0) report(['versions', name], 'must name the pod labels of its subset');
    if (count > 10) report(['versions', name], `has ${count} labels; at most 10`, 'TOO_LARGE');
  }
  checkName(route.default, ['default'], { names, word: 'version', report });
  if (route.mirror)
    checkName(route.mirror.version, ['mirror', 'version'], { names, word: 'version', report });
  if (route.closed !== null) checkName(route.closed, ['closed'], { names, word: 'version', report });
}

function checkAffinity({ affinity, bucketBy }: Route, report: Report): void {
  if (affinity !== 'cookie' || (bucketBy.length === 1 && bucketBy[0] === 'targetingKey')) return;
  report(
    ['affinity'],
    'needs a route that is bucketed by targetingKey: anonymous browsers have nothing else',
  );
}

function checkGateways({ gateways }: Route, report: Report): void {
  reportRepeats(
    gateways.map(({ name }) => name),
    (index) => ['gateways', index, 'name'],
    report,
  );
  for (const [index, { hosts }] of gateways.entries())
    reportRepeats(hosts, (at) => ['gateways', index, 'hosts', at], report);
}

function checkAudiences({ ownership, gateways, audiences = [] }: Route, report: Report): void {
  reportRepeats(audiences, (index) => ['audiences', index], report);
  if (audiences.length > 0 && (ownership !== 'delegate' || gateways.length === 0))
    report(
      ['audiences'],
      'are told apart by the root of a gateway: needs ownership "delegate" and a gateway',
    );
  for (const [index, segment] of audiences.entries()) {
    if (!TAKEN_AUDIENCES.test(segment)) continue;
    report(['audiences', index], 'names an object of the route itself: give the segment another key');
  }
}

function checkRules({ rules, versions }: Route, report: Report): void {
  const names = new Set(Object.keys(versions));
  reportRepeats(
    rules.map(({ id }) => id),
    (index) => ['rules', index, 'id'],
    report,
  );
  for (const [index, { serve }] of rules.entries()) {
    const reportHere: Report = (rest, message, code) =>
      report(['rules', index, 'serve', ...rest], message, code);
    if ('version' in serve) {
      checkName(serve.version, ['version'], { names, word: 'version', report: reportHere });
    } else {
      const { arms, otherwise } = serve.split;
      checkSplit(
        { arms: arms.map(({ version, weight: share }) => ({ name: version, weight: share })), otherwise },
        { total: ROUTE_WEIGHT_TOTAL, names, word: 'version' },
        (rest, message, code) => reportHere(['split', ...rest], message, code),
      );
    }
  }
}
