import type { RouteRoot, RouteStatus } from '../domain/route-status.js';

/**
 * What the roots of a route's delegates keep from being so: WAITING_FOR_ROOT, HOST_TAKEN, ROOT_CONFLICT; null where all is well. A root of
 * ours that stands in lacks nothing.
 */
export function rootError(root: RouteRoot | undefined): RouteStatus['error'] {
  if (root === undefined) return null;
  const { missing, taken = [], conflicts = [], standIn } = root;
  const faults = [
    ...(standIn ? [] : missing.map((message) => ({ code: 'WAITING_FOR_ROOT', message }))),
    ...(standIn ? [] : taken.map((message) => ({ code: 'HOST_TAKEN', message }))),
    ...conflicts.map(({ message }) => ({ code: 'ROOT_CONFLICT', message })),
  ];
  const [first] = faults;
  return first === undefined ? null : { ...first, message: `${first.message}.` };
}
