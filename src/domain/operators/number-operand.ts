import { z } from 'zod';

/** A finite number. */
export const numberOperand = z.number('must be a number');

export const NO_NUMBERS = 'because it compares text only, never numbers';
