import type { Documents, Stored } from '../documents.js';
import { gatewayTerms, meshTerms } from '../expressible.js';
import type { Expressed } from '../expressible.js';
import { Problem } from '../problem.js';
import type { RequestMatch, RouteTable } from '../route-table.js';
import { placeEntries } from './place-entries.js';
import { tableRevision } from './table-revision.js';

/** Namespace of a Service by its fully qualified name: `shop` in `checkout.shop.svc.cluster.local`. */
export function namespaceOf(service: string): string {
  return service.split('.')[1] ?? '';
}

function termsOf(expressed: Expressed, route: string, place: string): readonly RequestMatch[] {
  if ('terms' in expressed) return expressed.terms;
  const message = `A rule of route ${route} can't be asked ${place}: its condition ${expressed.reason}.`;
  throw new Problem('NOT_EXPRESSIBLE', message, { field: expressed.field });
}

/**
 * What the mesh has to do for `route`, in no mesh's words. `documents` are those of the route's environment, at the
 * epoch given. Throws Problem NOT_EXPRESSIBLE for a condition that requests at a gateway, or in the mesh, don't show;
 * such a route is refused when it is saved.
 */
export function renderRouteTable(
  environment: string,
  epoch: string,
  route: Stored<'route'>,
  documents: Documents,
): RouteTable {
  const { key, service, port, gateways, mesh, versions } = route.value;
  return {
    environment,
    route: key,
    service,
    namespace: namespaceOf(service),
    port,
    gateways,
    versions,
    gateway:
      gateways.length === 0
        ? null
        : placeEntries(route.value, (condition) =>
            termsOf(gatewayTerms(condition, documents), key, 'at a gateway'),
          ),
    mesh: mesh
      ? placeEntries(route.value, (condition) => termsOf(meshTerms(condition), key, 'inside the mesh'))
      : null,
    revision: tableRevision(epoch, route, documents),
  };
}
