import { type Ref, ref } from '../documents.js';
import type { GuardTarget } from '../guard.js';

/** The flag or route that a guard watches which stands alone. */
export function targetRef(target: GuardTarget): Ref {
  return 'flag' in target ? ref('flag', target.flag) : ref('route', target.route);
}
