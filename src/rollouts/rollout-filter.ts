import { hasText } from '../domain/page.js';
import type { PresentedRollout } from './presented-rollout.js';

/** What a list of rollouts can be narrowed by; all that are given must hold. */
export interface RolloutFilter {
  readonly text?: string | null;
  readonly state?: string | null;
  readonly flag?: string | null;
  readonly route?: string | null;
}

export function passesRolloutFilter(rollout: PresentedRollout, filter: RolloutFilter): boolean {
  return (
    hasText(rollout, filter.text) &&
    (filter.state == null || rollout.position.state === filter.state) &&
    (filter.flag == null || rollout.flag?.key === filter.flag) &&
    (filter.route == null || rollout.routes.some(({ key }) => key === filter.route))
  );
}
