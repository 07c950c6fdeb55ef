import type { Segment } from '@tidegate/sdk/engine';
import { z } from 'zod';
import { conditionSchema } from './condition.js';
import { subjectKeySchema } from './flag.js';
import { keySchema } from './key.js';
import { reportRepeats, reportTo } from './refinement.js';
import { MOST_RULES, descriptionSchema } from './rule-id.js';

const MOST_KEYS = 10_000;
const keys = z.array(subjectKeySchema).max(MOST_KEYS).default([]);

/**
 * A segment document. What is not given is empty. Issues carry `params.code` where it is not INVALID_INPUT:
 * DUPLICATE_KEY for a key that is listed twice, be it once included and once excluded.
 */
export const segmentSchema: z.ZodType<Segment> = z
  .strictObject({
    key: keySchema,
    description: descriptionSchema.default(''),
    rules: z.array(conditionSchema).max(MOST_RULES).default([]),
    included: keys,
    excluded: keys,
  })
  .superRefine(({ included, excluded }, context) => {
    const report = reportTo(context);
    reportRepeats(
      [...included, ...excluded],
      (index) => (index < included.length ? ['included', index] : ['excluded', index - included.length]),
      report,
    );
  });
