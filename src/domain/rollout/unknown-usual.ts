import type { UsualPast } from '../guard/usual.js';
import { hasTraffic } from '../guard/reading.js';
import type { KnownUsual } from './outlook.js';

/**
 * Why a past in which the control had nothing tells nothing of what is usual: NO_HISTORY where there is traffic, but not for long enough to
 * be summed up (five minutes, of which the first are left out); else NO_TRAFFIC.
 */
export function unknownUsual(guard: string, { rough, alike }: UsualPast): KnownUsual {
  const isYoung =
    rough.length <= 1 && alike.windows.some((one) => hasTraffic(one.new) || hasTraffic(one.control));
  if (isYoung) {
    const reason = `What guard ${guard} reads is there for a few minutes only, too little to tell what is usual: ask again after ten, or give usual.`;
    return { usual: null, code: 'NO_HISTORY', reason };
  }
  const what =
    rough.length === 0
      ? 'there is no sample of what it reads: look at its selectors'
      : 'the control had no traffic';
  return {
    usual: null,
    code: 'NO_TRAFFIC',
    reason: `In the last week guard ${guard} would have seen nothing: ${what}.`,
  };
}
