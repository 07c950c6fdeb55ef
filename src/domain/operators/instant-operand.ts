import { z } from 'zod';

const MESSAGE =
  'must be an ISO date (2026-03-01), a date-time with Z or an offset, or milliseconds since 1970';

/** An ISO date, a date-time with offset, or epoch milliseconds. */
export const instantOperand = z.union([z.iso.date(), z.iso.datetime({ offset: true }), z.int()], MESSAGE);

export const NO_TIMES = 'because it compares text only, never times';
