import { eventually } from '../mesh/testbed/eventually.js';
import type { Issuer } from '../mesh/testbed/issuer.js';
import type { RolloutPosition } from '../../src/schema.types.js';
import type { AdminClient } from './admin-client.js';

/** Names of the story, the same in every test that plays a part of it. */
export const ENVIRONMENT = 'production';
export const FLAG = 'new-checkout';
export const ROUTE = 'checkout';
export const GUARD = 'checkout-errors';
export const ROLLOUT = 'new-checkout';
export const SERVICE = 'checkout.shop.svc.cluster.local';
export const GATEWAY = 'shop/public';
export const PUBLIC_HOST = 'checkout.example.com';
/** What the issuer says of an employee, and what a liar says of himself. */
export const EMPLOYEE = { groups: ['staff', 'employees'] };

/** Steps in the form of the admin API. */
export type Steps = readonly ({ readonly hold: number | null } & (
  { readonly audience: string } | { readonly weight: number }
))[];

export interface Documents {
  readonly issuer: Issuer;
  readonly webhook?: { readonly address: string; readonly secretRef: string };
  /** What the rollout moves; default both. */
  readonly moves?: { readonly flag: boolean; readonly route: boolean };
  /** The guard's own fields, or null for a rollout without one. Default: 5xx by Prometheus, template envoy. */
  readonly guard?: { readonly [field: string]: unknown } | null;
  readonly steps: Steps;
  /** Fields of the route besides, or instead of, those that it has in every story. */
  readonly route?: { readonly [field: string]: unknown };
}

const BY_PROMETHEUS = { source: 'prometheus', template: 'envoy', margin: 1.5, phi: 1 };

/** Sets an environment up with all that the story needs, through the admin API; nothing is started. */
export async function createCheckout(admin: AdminClient, documents: Documents): Promise<void> {
  const { issuer, webhook, guard = BY_PROMETHEUS, steps } = documents;
  const moves = documents.moves ?? { flag: true, route: true };
  const environment = ENVIRONMENT;
  const reason = 'Set up for the story';
  await admin.do('createEnvironment', { key: environment, reason });
  await admin.do('setIdentity', { environment, reason, identity: identityOf(issuer) });
  if (webhook !== undefined) {
    const { address, secretRef } = webhook;
    const webhooks = [{ url: `http://${address}/hook`, secretRef, events: ['*'] }];
    await admin.do('setWebhooks', { environment, reason, webhooks });
  }
  const rules = [{ attribute: ['verified', 'groups'], operator: 'equals', value: 'employees' }];
  await admin.do('createSegment', { environment, key: 'employees', rules, reason });
  if (moves.flag) await admin.do('createFlag', { environment, key: FLAG, reason });
  if (moves.route) await createCheckoutRoute(admin, documents.route);
  if (guard !== null) await admin.do('createGuard', { environment, key: GUARD, ...guard, reason });
  await admin.do('createRollout', {
    environment,
    key: ROLLOUT,
    ...(moves.flag ? { flag: { key: FLAG, new: 'on', control: 'off' } } : {}),
    ...(moves.route ? { routes: [{ key: ROUTE, new: 'v2', control: 'v1' }] } : {}),
    steps,
    guards: guard === null ? [] : [GUARD],
    reason,
  });
}

function identityOf(issuer: Issuer): object {
  const pairs = [{ attribute: 'groups', claim: ['groups'] }];
  return { issuer: issuer.issuer, jwks: issuer.jwks, audience: issuer.audience, pairs };
}

async function createCheckoutRoute(admin: AdminClient, fields: Documents['route']): Promise<void> {
  await admin.do('createRoute', {
    environment: ENVIRONMENT,
    key: ROUTE,
    service: SERVICE,
    gateways: [{ name: GATEWAY, hosts: [PUBLIC_HOST] }],
    versions: { v1: { version: 'v1' }, v2: { version: 'v2' } },
    default: 'v1',
    ...fields,
    reason: 'Set up for the story',
  });
}

/** Starts the rollout; while its route's table is not applied yet, tries again. The revision that this took. */
export async function startRollout(admin: AdminClient, reason: string): Promise<number> {
  const input = { environment: ENVIRONMENT, key: ROLLOUT, reason };
  const { revision } = await eventually(() => admin.do('startRollout', input, 'revision'), 30_000);
  return revision ?? 0;
}

/** Waits until the rollout stands in this state, and at this step (an index) if one is given. */
export async function untilAt(
  admin: AdminClient,
  state: string,
  step?: number,
  withinMs = 60_000,
): Promise<RolloutPosition> {
  return eventually(async () => {
    const position = await admin.position(ENVIRONMENT, ROLLOUT);
    if (position.state === state && (step === undefined || position.step >= step)) return position;
    throw new Error(`the rollout stands at ${position.token} and waits: "${position.waiting}"`);
  }, withinMs);
}
