import { sortedKeys, type Segment } from '@tidegate/sdk/engine';
import { z } from 'zod';
import { conditionSchema } from './condition.js';
import { subjectKeySchema } from './flag.js';
import { keySchema } from './key.js';
import { type Report, reportRepeats, reportTo } from './refinement.js';
import { MOST_RULES, descriptionSchema } from './rule-id.js';
import { MOST_SEGMENT_KEYS } from './segment-keys.js';

const keys = z.array(subjectKeySchema).default([]);

/**
 * A segment document. What is not given is empty; lists of keys come out in code-unit order. Issues carry `params.code`
 * where it is not INVALID_INPUT: DUPLICATE_KEY for a key that is listed twice, be it once included and once excluded;
 * SEGMENT_TOO_LARGE for more than 100,000 keys.
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
    if (reportTooMany(included.length + excluded.length, 'included', report)) return;
    reportRepeats(
      [...included, ...excluded],
      (index) => (index < included.length ? ['included', index] : ['excluded', index - included.length]),
      report,
    );
  })
  .transform((segment) => ({
    ...segment,
    included: sortedKeys(segment.included),
    excluded: sortedKeys(segment.excluded),
  }));

/** What is to become of a segment's keys: put into one list and taken out of the other, or out of both. */
export interface SegmentKeysEdit {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly forget: readonly string[];
}

/** As `SegmentKeysEdit`; what is not given is empty. DUPLICATE_KEY for a key that is named twice, SEGMENT_TOO_LARGE. */
export const segmentKeysSchema: z.ZodType<SegmentKeysEdit> = z
  .strictObject({ include: keys, exclude: keys, forget: keys })
  .superRefine(({ include, exclude, forget }, context) => {
    const report = reportTo(context);
    const named = [
      ...include.map((key, index) => ({ key, path: ['include', index] })),
      ...exclude.map((key, index) => ({ key, path: ['exclude', index] })),
      ...forget.map((key, index) => ({ key, path: ['forget', index] })),
    ];
    if (reportTooMany(named.length, 'include', report)) return;
    reportRepeats(
      named.map(({ key }) => key),
      (index) => named[index]?.path ?? [],
      report,
    );
  });

function reportTooMany(count: number, field: string, report: Report): boolean {
  if (count <= MOST_SEGMENT_KEYS) return false;
  report([field], tooManyKeys(count), 'SEGMENT_TOO_LARGE');
  return true;
}

/** In words, that a segment would have `count` keys. */
export function tooManyKeys(count: number): string {
  return `would be ${count} keys; a segment has at most ${MOST_SEGMENT_KEYS}, included and excluded together`;
}
