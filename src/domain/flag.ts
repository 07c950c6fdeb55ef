import { FLAG_TYPES, FLAG_WEIGHT_TOTAL } from '@tidegate/sdk/engine';
import type { Flag, FlagType, Json } from '@tidegate/sdk/engine';
import { z } from 'zod';
import { attributePathSchema, conditionSchema } from './condition.js';
import { keySchema } from './key.js';
import { type Report, reportRepeats, reportTo } from './refinement.js';
import { MOST_RULES, descriptionSchema, ruleIdSchema } from './rule-id.js';
import { checkName, checkSplit } from './split-checks.js';

/** A flag as stored. Archived: kept, but neither served nor edited; absent = it is not. */
export type StoredFlag = Flag & { readonly archived?: boolean };

const MOST_VARIANTS = 100;
const MOST_TARGET_KEYS = 10_000;
const LARGEST_VARIANTS = 256 * 1_024;

/** Targeting key of one subject. */
export const subjectKeySchema = z.string().min(1, 'must not be empty').max(500);

const weight = z.int().min(0).max(FLAG_WEIGHT_TOTAL);

const splitSchema = z.strictObject({
  bucketBy: attributePathSchema.default(['targetingKey']),
  salt: keySchema,
  arms: z
    .array(z.strictObject({ variant: keySchema, weight }))
    .min(1)
    .max(MOST_VARIANTS),
  otherwise: z.union([z.strictObject({ arm: keySchema }), z.literal('error')]).optional(),
});

const ruleSchema = z.strictObject({
  id: ruleIdSchema,
  description: descriptionSchema.optional(),
  condition: conditionSchema,
  serve: z.union([z.strictObject({ variant: keySchema }), z.strictObject({ split: splitSchema })]),
});

const fields = z.strictObject({
  key: keySchema,
  type: z.enum(FLAG_TYPES),
  description: descriptionSchema.default(''),
  owner: z.string().max(200).default(''),
  tags: z.array(z.string().min(1).max(100)).max(50).default([]),
  lifetime: z.enum(['temporary', 'permanent']).default('temporary'),
  expiresAt: z.iso.datetime({ offset: true }).nullable().default(null),
  variants: z.record(
    keySchema,
    z.custom<Json>((value) => value !== undefined),
  ),
  enabled: z.boolean().default(false),
  defaultVariant: keySchema.nullable().default(null),
  offVariant: keySchema.nullable().default(null),
  prerequisites: z
    .array(z.strictObject({ flag: keySchema, variants: z.array(keySchema).min(1).max(MOST_VARIANTS) }))
    .max(20)
    .default([]),
  targets: z
    .array(z.strictObject({ variant: keySchema, keys: z.array(subjectKeySchema).max(MOST_TARGET_KEYS) }))
    .max(MOST_VARIANTS)
    .default([]),
  rules: z.array(ruleSchema).max(MOST_RULES).default([]),
  archived: z.boolean().default(false),
});

/**
 * A flag document. What is not given: empty texts and lists, temporary, no expiry, off, no default and no off variant, not
 * archived.
 * Issues carry `params.code` where it is not INVALID_INPUT: DANGLING_REFERENCE for a variant that does not exist,
 * DUPLICATE_KEY for a rule id, arm, tag or target twice, WEIGHTS_SUM, CYCLE for a flag that is its own prerequisite,
 * TOO_LARGE for more than 100 variants, 256 KiB of them, or 10,000 targets.
 */
export const flagSchema: z.ZodType<StoredFlag> = fields
  .superRefine((flag, context) => {
    const report = reportTo(context);
    checkVariants(flag, report);
    checkTargets(flag, report);
    checkPrerequisites(flag, report);
    checkRules(flag, report);
    reportRepeats(flag.tags, (index) => ['tags', index], report);
  })
  .transform(({ archived, ...flag }) => (archived ? { ...flag, archived } : flag));

const TYPE_TESTS: { readonly [type in FlagType]: { test: (value: Json) => boolean; want: string } } = {
  boolean: { test: (value) => typeof value === 'boolean', want: 'true or false' },
  string: { test: (value) => typeof value === 'string', want: 'text' },
  integer: { test: (value) => Number.isSafeInteger(value), want: 'an integer of at most 2^53 - 1' },
  number: { test: (value) => Number.isFinite(value), want: 'a number' },
  object: { test: (value) => typeof value === 'object' && value !== null, want: 'an object or a list' },
};

function checkVariants(flag: Flag, report: Report): void {
  const { type, variants } = flag;
  const names = new Set(Object.keys(variants));
  if (names.size === 0) report(['variants'], 'a flag needs at least one variant');
  if (names.size > MOST_VARIANTS)
    report(['variants'], `has ${names.size} variants; at most ${MOST_VARIANTS}`, 'TOO_LARGE');
  const { test, want } = TYPE_TESTS[type];
  for (const [name, value] of Object.entries(variants)) {
    if (!test(value)) report(['variants', name], `must be ${want}: the flag is of type ${type}`);
  }
  if (JSON.stringify(variants).length > LARGEST_VARIANTS)
    report(['variants'], 'are larger than 256 KiB together; move large values elsewhere', 'TOO_LARGE');
  for (const field of ['defaultVariant', 'offVariant'] as const) {
    const name = flag[field];
    if (name !== null) checkName(name, [field], { names, word: 'variant', report });
  }
}

function checkTargets({ targets, variants }: Flag, report: Report): void {
  const names = new Set(Object.keys(variants));
  for (const [index, { variant }] of targets.entries())
    checkName(variant, ['targets', index, 'variant'], { names, word: 'variant', report });
  const owners = new Map<string, string>();
  for (const [index, { keys, variant }] of targets.entries()) {
    for (const [at, key] of keys.entries()) {
      const owner = owners.get(key);
      if (owner !== undefined) {
        const message = `"${key}" is a target of "${owner}" already; a key can have one variant`;
        report(['targets', index, 'keys', at], message, 'DUPLICATE_KEY');
      }
      owners.set(key, variant);
    }
  }
  if (owners.size > MOST_TARGET_KEYS)
    report(['targets'], `have ${owners.size} keys; at most 10,000: use a segment`, 'TOO_LARGE');
}

function checkPrerequisites({ key, prerequisites }: Flag, report: Report): void {
  reportRepeats(
    prerequisites.map(({ flag }) => flag),
    (index) => ['prerequisites', index, 'flag'],
    report,
  );
  const own = prerequisites.findIndex(({ flag }) => flag === key);
  if (own >= 0) report(['prerequisites', own, 'flag'], 'a flag can’t be its own prerequisite', 'CYCLE');
}

function checkRules({ rules, variants }: Flag, report: Report): void {
  const names = new Set(Object.keys(variants));
  reportRepeats(
    rules.map(({ id }) => id),
    (index) => ['rules', index, 'id'],
    report,
  );
  for (const [index, { serve }] of rules.entries()) {
    const path = ['rules', index, 'serve'];
    const reportHere: Report = (rest, message, code) => report([...path, ...rest], message, code);
    if ('variant' in serve) {
      checkName(serve.variant, ['variant'], { names, word: 'variant', report: reportHere });
    } else {
      const { arms, otherwise } = serve.split;
      checkSplit(
        { arms: arms.map(({ variant, weight: share }) => ({ name: variant, weight: share })), otherwise },
        { total: FLAG_WEIGHT_TOTAL, names, word: 'variant' },
        (rest, message, code) => reportHere(['split', ...rest], message, code),
      );
    }
  }
}
