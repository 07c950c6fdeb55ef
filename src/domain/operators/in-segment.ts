import { z } from 'zod';
import { keySchema } from '../key.js';

/** The test that names a segment and no attribute. In the mesh it is `x-tg-s`; at a gateway, the segment's claims. */
export const inSegmentSchema = z.strictObject({ operator: z.literal('inSegment'), value: keySchema });
