import type { Route } from '@tidegate/sdk/engine';
import type { Documents, Stored } from '../documents.js';
import { delegateTerms, gatewayTerms, meshTerms } from '../expressible.js';
import type { Expressed } from '../expressible.js';
import { memberships } from '../membership.js';
import { Problem } from '../problem.js';
import type { RequestMatch, RouteTable } from '../route-table.js';
import { placeEntries } from './place-entries.js';
import type { TermsOf } from './place-entries.js';
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

/** What stands at the gateway behind a root of somebody else: `gateway` for callers of no audience, and each audience. */
function delegated(route: Route, documents: Documents): Pick<RouteTable, 'gateway' | 'audiences'> {
  const { key, gateways, audiences = [] } = route;
  if (gateways.length === 0) return { gateway: null, audiences: [] };
  const of = memberships(route).map((membership) =>
    placeEntries(route, (condition) => termsOf(delegateTerms(condition, membership), key, 'in a delegate')),
  );
  return {
    gateway: of.at(-1) ?? null,
    audiences: audiences.map((segment, index) => ({
      segment,
      matches: termsOf(
        gatewayTerms({ operator: 'inSegment', value: segment }, documents),
        key,
        'at a gateway',
      ),
      entries: of[index] ?? [],
    })),
  };
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
  const { key, service, port, gateways, mesh, versions, ownership } = route.value;
  const atGateway: TermsOf = (condition) => termsOf(gatewayTerms(condition, documents), key, 'at a gateway');
  return {
    environment,
    route: key,
    service,
    namespace: namespaceOf(service),
    port,
    gateways,
    versions,
    ...(ownership === 'delegate'
      ? delegated(route.value, documents)
      : { gateway: gateways.length === 0 ? null : placeEntries(route.value, atGateway) }),
    mesh: mesh
      ? placeEntries(route.value, (condition) => termsOf(meshTerms(condition), key, 'inside the mesh'))
      : null,
    revision: tableRevision(epoch, route, documents),
  };
}
