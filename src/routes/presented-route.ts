import type { Stored } from '../domain/documents.js';
import { type Image, stateKey } from '../domain/image.js';
import type { RouteStatus } from '../domain/route-status.js';
import { type Presented, presentPlain } from '../changes/presentation.js';

/** A route and what the mesh says of it; status null until the reconciler has seen it. */
export type PresentedRoute = Presented<'route'> & { readonly status: RouteStatus | null };

export function presentRoute(image: Image, stored: Stored<'route'>): PresentedRoute {
  const status = image.states.get(stateKey.route(stored.key))?.value as RouteStatus | undefined;
  return { ...presentPlain(image, stored), status: status ?? null };
}
