import type { EdgeSetup } from '../../../domain/edge-setup.js';
import type { Identity } from '../../../domain/environment.js';
import { Problem } from '../../../domain/problem.js';
import type { EdgeView } from '../../../ports/mesh.js';
import { isSameObject, MANAGED_BY, type MeshObject, nameOf, OWNER_ANNOTATION } from './mesh-object.js';
import { ownerNameOf } from './ownership.js';
import { saysTheSame } from './same-content.js';
import { yamlOf } from './yaml-text.js';

type Spec = { readonly [field: string]: unknown };

/** Headers that only the edge may set. */
const DECISION_HEADERS = ['x-tg-b', 'x-tg-s', 'x-tg-k'];
const CONNECTION_MANAGER = 'envoy.filters.network.http_connection_manager';
const EARLY_MUTATION =
  'type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation';
const EXT_AUTHZ = 'type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz';
/** The gateway's part of the label by which the objects of one gateway are found. */
const EDGE_LABEL = 'tidegate.io/edge';

/** Three parts, where an owner that is a route has two. */
export function edgeOwner({ environment, name }: Pick<EdgeSetup, 'environment' | 'name'>): string {
  return `${environment}/edge/${name}`;
}

function edgeObject(
  setup: EdgeSetup,
  [apiVersion, kind]: readonly [string, string],
  part: string,
  spec: Spec,
) {
  const metadata = {
    name: `tg-edge-${setup.name}${part}`,
    namespace: setup.namespace,
    labels: { [MANAGED_BY.label]: MANAGED_BY.value, [EDGE_LABEL]: setup.name },
    annotations: { [OWNER_ANNOTATION]: edgeOwner(setup) },
  };
  return { apiVersion, kind, metadata, spec } satisfies MeshObject;
}

const ENVOY_FILTER = ['networking.istio.io/v1alpha3', 'EnvoyFilter'] as const;
const REQUEST_AUTHENTICATION = ['security.istio.io/v1', 'RequestAuthentication'] as const;
const AUTHORIZATION_POLICY = ['security.istio.io/v1', 'AuthorizationPolicy'] as const;

function envoyFilter(setup: EdgeSetup, part: string, patch: Spec): MeshObject {
  return edgeObject(setup, ENVOY_FILTER, part, {
    workloadSelector: { labels: setup.selector },
    configPatches: [patch],
  });
}

/** Takes our headers away before a route is chosen: while the edge is down, nothing that a client sent counts. */
function strip(setup: EdgeSetup): MeshObject {
  const mutations = DECISION_HEADERS.map((remove) => ({ remove }));
  const extension = {
    name: 'tidegate.strip',
    typed_config: { '@type': EARLY_MUTATION, mutations },
  };
  return envoyFilter(setup, '-strip', {
    applyTo: 'NETWORK_FILTER',
    match: { context: 'GATEWAY', listener: { filterChain: { filter: { name: CONNECTION_MANAGER } } } },
    patch: {
      operation: 'MERGE',
      value: {
        typed_config: {
          '@type':
            'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
          early_header_mutation_extensions: [extension],
        },
      },
    },
  });
}

/** Lets the route be chosen again once the edge has set the headers: istiod doesn't pass `clearRouteCache` on. */
function recompute(setup: EdgeSetup): MeshObject {
  const subFilter = { name: 'envoy.filters.http.ext_authz' };
  return envoyFilter(setup, '-recompute', {
    applyTo: 'HTTP_FILTER',
    match: {
      context: 'GATEWAY',
      listener: { filterChain: { filter: { name: CONNECTION_MANAGER, subFilter } } },
    },
    patch: {
      operation: 'MERGE',
      value: { typed_config: { '@type': EXT_AUTHZ, clear_route_cache: true } },
    },
  });
}

function jwtRule({ issuer, jwksUri, jwks, audience, cookie }: Identity): Spec {
  return {
    issuer,
    ...(jwksUri === null ? { jwks: JSON.stringify(jwks) } : { jwksUri }),
    ...(audience === null ? {} : { audiences: [audience] }),
    forwardOriginalToken: true,
    // Istio asks its own place no more once another is named.
    ...(cookie === undefined
      ? {}
      : { fromHeaders: [{ name: 'Authorization', prefix: 'Bearer ' }], fromCookies: [cookie] }),
  };
}

function authentication(setup: EdgeSetup): readonly MeshObject[] {
  if (!setup.checkTokens || setup.identity === null) return [];
  const spec = { selector: { matchLabels: setup.selector }, jwtRules: [jwtRule(setup.identity)] };
  return [edgeObject(setup, REQUEST_AUTHENTICATION, '', spec)];
}

function policy(setup: EdgeSetup): MeshObject {
  return edgeObject(setup, AUTHORIZATION_POLICY, '', {
    selector: { matchLabels: setup.selector },
    action: 'CUSTOM',
    provider: { name: setup.provider },
    rules: [{}],
  });
}

/** The objects that make a gateway ask the edge, in the order in which they are to be written. */
export function edgeObjects(setup: EdgeSetup): readonly MeshObject[] {
  return [strip(setup), recompute(setup), ...authentication(setup), policy(setup)];
}

/** Those and what an earlier set-up may have left: whatever stands under a name of ours. */
export function allEdgeObjects(setup: EdgeSetup): readonly MeshObject[] {
  return [strip(setup), recompute(setup), edgeObject(setup, REQUEST_AUTHENTICATION, '', {}), policy(setup)];
}

/** HOST_TAKEN where an object stands under a name of ours and isn't this set-up's. */
export function requireEdgeOwned(standing: readonly MeshObject[], setup: EdgeSetup): void {
  const foreign = standing.find((object) => ownerNameOf(object) !== edgeOwner(setup));
  if (foreign === undefined) return;
  const owner = ownerNameOf(foreign) ?? 'somebody else';
  throw new Problem(
    'HOST_TAKEN',
    `${nameOf(foreign)} belongs to ${owner}. Remove or rename it, or give the gateway another name.`,
  );
}

/** What is wanted as YAML, and how far it stands. */
export function edgeView(setup: EdgeSetup, standing: readonly MeshObject[]): EdgeView {
  const wanted = edgeObjects(setup);
  const stateOf = (object: MeshObject) => {
    const found = standing.find((other) => isSameObject(other, object));
    if (found === undefined) return 'missing';
    if (ownerNameOf(found) !== edgeOwner(setup)) return 'foreign';
    return saysTheSame(found, object) ? 'stands' : 'differs';
  };
  const surplus = standing.filter((object) => !wanted.some((other) => isSameObject(other, object)));
  const surplusStateOf = (object: MeshObject) =>
    ownerNameOf(object) === edgeOwner(setup) ? 'surplus' : 'foreign';
  return {
    yaml: yamlOf(wanted),
    objects: [
      ...wanted.map((object) => ({ name: nameOf(object), state: stateOf(object) }) as const),
      ...surplus.map((object) => ({ name: nameOf(object), state: surplusStateOf(object) }) as const),
    ],
  };
}
