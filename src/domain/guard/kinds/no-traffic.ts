import { isRelative } from '../../guard-kind.js';
import type { Guard } from '../../guard.js';
import type { GuardRecord } from '../guard-record.js';

/** Why nothing could be judged yet, for kinds that gather evidence from the first window with traffic on; null once something was. */
export function noTraffic({ logE }: GuardRecord, guard: Guard): string | null {
  const within = guard.strata === null ? '' : ` of one value of "${guard.strata.label}"`;
  const arms = isRelative(guard) ? `both arms${within}` : 'the new arm';
  return logE === null ? `no window with traffic in ${arms} yet` : null;
}
