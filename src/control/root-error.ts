import type { RouteRoot, RouteStatus } from '../domain/route-status.js';

/**
 * What the roots of a route's delegates keep from being so: WAITING_FOR_ROOT, ROOT_CONFLICT; null where all is well. A root of
 * ours that stands in lacks nothing.
 */
export function rootError(root: RouteRoot | undefined): RouteStatus['error'] {
  const [missing] = root?.missing ?? [];
  if (missing !== undefined && root?.standIn !== true)
    return { code: 'WAITING_FOR_ROOT', message: `${missing}.` };
  const [conflict] = root?.conflicts ?? [];
  return conflict === undefined ? null : { code: 'ROOT_CONFLICT', message: `${conflict.message}.` };
}
