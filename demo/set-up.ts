import type { Admin } from './admin.js';

const ENVIRONMENT = 'production';

/** What the demo is set up with, in the words of the admin API. `webhook` is where trips are told. */
export async function setUp(
  admin: Admin,
  webhook: string,
): Promise<{ readonly serverToken: string; readonly clientToken: string }> {
  const environment = ENVIRONMENT;
  const reason = 'Setting up the demo';
  await admin.mutate('createEnvironment', { key: environment, description: 'The shop', reason });
  await admin.mutate('setIdentity', {
    environment,
    reason,
    identity: {
      issuer: 'https://login.shop.example',
      jwksUri: 'https://login.shop.example/keys',
      audience: 'shop',
      pairs: [{ attribute: 'groups', claim: ['groups'] }],
    },
  });
  await admin.mutate('setWebhooks', {
    environment,
    reason,
    webhooks: [{ url: webhook, secretRef: 'env:DEMO_WEBHOOK_SECRET', events: ['trip'] }],
  });
  await admin.mutate('createSegment', {
    environment,
    key: 'employees',
    reason,
    rules: [{ attribute: ['verified', 'groups'], operator: 'equals', value: 'employees' }],
  });
  await admin.mutate('createFlag', {
    environment,
    key: 'new-checkout',
    description: 'The new checkout',
    reason,
  });
  await admin.mutate('createRoute', {
    environment,
    key: 'checkout',
    service: 'checkout.shop.svc.cluster.local',
    versions: { v1: { version: 'v1' }, v2: { version: 'v2' } },
    default: 'v1',
    reason,
  });
  await admin.mutate('createGuard', {
    environment,
    key: 'checkout-errors',
    source: 'events',
    events: { flag: 'new-checkout', bad: 'checkout-failed' },
    margin: 1.5,
    phi: 1,
    reason,
  });
  await admin.mutate('createRollout', {
    environment,
    key: 'new-checkout',
    flag: { key: 'new-checkout', new: 'on', control: 'off' },
    routes: [{ key: 'checkout', new: 'v2', control: 'v1' }],
    steps: [
      { audience: 'employees', hold: 4 },
      { weight: 5_000, hold: 6 },
      { weight: 20_000, hold: 14 },
      { weight: 50_000, hold: 6 },
      { weight: 100_000, hold: 3 },
    ],
    guards: ['checkout-errors'],
    reason,
  });
  const serverToken = await makeToken(admin, 'shop-front', 'server');
  const clientToken = await makeToken(admin, 'shop-page', 'client');
  return { serverToken, clientToken };
}

async function makeToken(admin: Admin, key: string, kind: 'server' | 'client'): Promise<string> {
  const input = { key, kind, environments: [ENVIRONMENT], reason: 'For the demo' };
  const { secret } = await admin.mutate<{ secret: string }>('createToken', input, 'secret');
  return secret;
}
