import type { Condition } from '@tidegate/sdk/engine';
import { z } from 'zod';
import { BUCKET_HEADER, SEGMENT_HEADER } from '../route-table.js';

/** Headers that say something else already. */
const TAKEN = ['host', 'cookie', 'authorization', BUCKET_HEADER, SEGMENT_HEADER];

/**
 * Which requests see the new version before anybody else: those with this header, which anybody may send. A preview is for
 * looking, not for hiding.
 */
export const previewSchema = z.strictObject({
  header: z
    .string()
    .max(100)
    .regex(/^[a-z0-9-]+$/, 'must be the name of a header in lower case')
    .refine((name) => !TAKEN.includes(name), 'is a header with a meaning of its own'),
  value: z
    .string()
    .max(200)
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without blanks'),
});

export type Preview = z.output<typeof previewSchema>;

/** Asks whether a request is such a preview; in a flag, whether the context has such a request. */
export function previewCondition({ header, value }: Preview): Condition {
  return { attribute: ['request', 'headers', header], operator: 'equals', value };
}

/** `x-preview: blue` */
export function previewInWords({ header, value }: Preview): string {
  return `${header}: ${value}`;
}
