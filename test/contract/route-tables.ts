import type { Route, Segment } from '@tidegate/sdk/engine';
import { Documents } from '../../src/domain/documents.js';
import type { Stored } from '../../src/domain/documents.js';
import { settingsSchema } from '../../src/domain/environment.js';
import { renderRouteTable } from '../../src/domain/render/render-route-table.js';
import type { RouteTable } from '../../src/domain/route-table.js';

/** The route of the story, with any field written over. */
export function checkoutRoute(changes: Partial<Route> = {}): Route {
  return {
    key: 'checkout',
    description: '',
    service: 'checkout.shop.svc.cluster.local',
    port: 80,
    gateways: [{ name: 'shop/public', hosts: ['checkout.example.com'] }],
    mesh: true,
    versions: { v1: { version: 'v1' }, v2: { version: 'v2' } },
    salt: 'checkout',
    bucketBy: ['targetingKey'],
    rules: [
      {
        id: 'rollout:new-checkout:audience',
        condition: { operator: 'inSegment', value: 'employees' },
        serve: { version: 'v2' },
      },
      {
        id: 'rollout:new-checkout:split',
        condition: { all: [] },
        serve: {
          split: {
            arms: [
              { version: 'v2', weight: 2_000 },
              { version: 'v1', weight: 8_000 },
            ],
            otherwise: { arm: 'v1' },
          },
        },
      },
    ],
    default: 'v1',
    closed: null,
    ...changes,
  };
}

const employees: Segment = {
  key: 'employees',
  description: '',
  rules: [{ attribute: ['verified', 'groups'], operator: 'equals', value: 'employees' }],
  included: [],
  excluded: [],
};

const settings = settingsSchema.parse({
  identity: {
    issuer: 'https://login.example.com',
    audience: 'shop',
    jwks: { keys: [{ kty: 'EC' }] },
    pairs: [{ attribute: 'groups', claim: ['groups'] }],
  },
});

/** The environment around the story's route. */
function checkoutDocuments(): Documents {
  return new Documents([
    { kind: 'segment', key: 'employees', revision: 2, value: employees },
    { kind: 'settings', key: 'environment', revision: 1, value: settings },
  ]);
}

/** The table of a route that was last written at `revision` of epoch `e1`, in `production` where nothing else is said. */
export function tableOf(
  route: Route,
  { revision = 7, epoch = 'e1', environment = 'production' } = {},
): RouteTable {
  const stored: Stored<'route'> = { kind: 'route', key: route.key, revision, value: route };
  return renderRouteTable(environment, epoch, stored, checkoutDocuments());
}
