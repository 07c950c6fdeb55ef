import { REGISTRY } from '../domain/image.js';
import type { ForeignRoute } from '../domain/route-checks.js';
import type { Store } from '../ports/store.js';

/** The routes of all environments but this one: no two may have the same service, or the same host at a gateway. */
export async function foreignRoutes(store: Store, environment: string): Promise<ForeignRoute[]> {
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
