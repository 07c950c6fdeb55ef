import type { Edit } from '../documents.js';
import type { Image } from '../image.js';
import type { UserError } from '../problem.js';
import { flagOwnershipErrors } from './flag-ownership.js';
import { guardOwnershipErrors } from './guard-ownership.js';
import { rolloutOwnershipErrors } from './rollout-ownership.js';
import { routeOwnershipErrors } from './route-ownership.js';

export { followUps } from './follow-ups.js';

/**
 * What in a person's edits belongs to rollouts: owned rules, their place, the default and the route's salt of whatever
 * an unfinished rollout moves (OWNED_BY_ROLLOUT, DEFAULT_REQUIRED), anything but longer holds in its definition
 * (ROLLOUT_RUNNING), its deletion (ROLLOUT_STATE), a rule id of the owned form (RESERVED_NAME), and opening what a
 * latched guard closed, or pointing that guard elsewhere (GUARD_TRIPPED). `field` is relative to the edited document. Turning a flag off or closing a
 * route is never refused; `followUps` says what comes with it.
 */
export function ownershipErrors(image: Image, edits: readonly Edit[]): UserError[] {
  return edits.flatMap((edit) => {
    switch (edit.kind) {
      case 'flag':
        return flagOwnershipErrors(image, edit.key, edit.value);
      case 'route':
        return routeOwnershipErrors(image, edit.key, edit.value);
      case 'guard':
        return guardOwnershipErrors(image, edit.key, edit.value);
      case 'rollout':
        return rolloutOwnershipErrors(image, edit.key, edit.value);
      default:
        return [];
    }
  });
}
