import type { EvaluationContext } from './context.js';

/**
 * Name inside `verified` of the segments that somebody entitled to it has found the subject in before: a list of keys. No
 * claim can be told under it, since names of attributes begin with a letter or digit.
 */
export const CARRIED_SEGMENTS = '@segments';

/** Whether the context says that its subject was found in the segment. Own properties only; never throws. */
export function isCarried(context: EvaluationContext, segment: string): boolean {
  try {
    const { verified } = context;
    if (verified === undefined || verified === null || !Object.hasOwn(context, 'verified')) return false;
    const listed = verified[CARRIED_SEGMENTS];
    return Array.isArray(listed) && listed.includes(segment) && Object.hasOwn(verified, CARRIED_SEGMENTS);
  } catch {
    return false;
  }
}
