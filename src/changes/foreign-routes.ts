import { type Image, REGISTRY } from '../domain/image.js';
import type { ProposedEdit } from '../domain/plan-change.js';
import { type ForeignRoute, isPlacedAnew } from '../domain/route-checks.js';
import type { Store } from '../ports/store.js';

/**
 * The routes of all environments but this one: no two may have the same service, or the same host at a gateway. None
 * where no route is given such a place, so that what stays where it is can be closed though another environment is lost
 * (STORE_LOST).
 */
export async function foreignRoutes(
  store: Store,
  image: Image,
  proposals: readonly ProposedEdit[],
): Promise<ForeignRoute[]> {
  return proposals.some((proposal) => isPlaced(image, proposal)) ? routesBeside(store, image.scope) : [];
}

function isPlaced({ documents }: Image, { kind, key, value, mode }: ProposedEdit): boolean {
  return kind === 'route' && mode !== 'delete' && isPlacedAnew(documents.value(kind, key), value);
}

async function routesBeside(store: Store, environment: string): Promise<ForeignRoute[]> {
  const { documents } = await store.image(REGISTRY);
  const others = documents.list('environment').filter(({ key }) => key !== environment);
  const routes = await Promise.all(
    others.map(async ({ key }) => {
      const image = await store.image(key);
      return image.documents.list('route').map(({ value }) => ({ environment: key, route: value }));
    }),
  );
  return routes.flat();
}
