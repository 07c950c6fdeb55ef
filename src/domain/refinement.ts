import type { z } from 'zod';
import type { ErrorCode } from './error-code.js';

/** Where a refinement reports. */
export type Report = (path: readonly PropertyKey[], message: string, code?: ErrorCode) => void;

/** Reports refinement faults as zod issues whose `params.code` is the error code (default INVALID_INPUT). */
export function reportTo(context: z.RefinementCtx): Report {
  return (path, message, code = 'INVALID_INPUT') =>
    context.addIssue({ code: 'custom', path: [...path], message, params: { code } });
}

/** Reports each value that occurred before, at `path(index)`. */
export function reportRepeats(
  values: readonly string[],
  path: (index: number) => readonly PropertyKey[],
  report: Report,
): void {
  const seen = new Set<string>();
  for (const [index, value] of values.entries()) {
    if (seen.has(value)) report(path(index), `"${value}" stands here twice; remove one`, 'DUPLICATE_KEY');
    seen.add(value);
  }
}
