import type { Kind } from './documents.js';
import { withRoutes } from './rollout.js';

/**
 * A stored document in the form of today: what an earlier version wrote stays readable. A rollout had one `route`; a guard
 * had no `route` of its own, settings no `visitors`.
 */
export function presentForm<T>(kind: Kind, value: T): T {
  if (kind === 'rollout') return withRoutes(value) as T;
  if (kind === 'guard' && typeof value === 'object' && value !== null && !('route' in value))
    return { ...value, route: null };
  if (kind === 'settings' && typeof value === 'object' && value !== null && !('visitors' in value))
    return { ...value, visitors: null };
  return value;
}
