import { eventually } from '../mesh/testbed/eventually.js';
import type { AdminClient, MutationName } from './admin-client.js';
import { ENVIRONMENT, FLAG, GATEWAY, ROLLOUT } from './checkout.js';

/** The apps of one release; `checkout` is that of every story. */
export const APPS = ['checkout', 'cart'] as const;
export type App = (typeof APPS)[number];

export const publicHostOf = (app: App): string => `${app}.example.com`;
export const serviceHostOf = (app: App): string => `${app}.shop.svc.cluster.local`;
export const previewHostOf = (app: App): string => `preview-${app}.example.com`;
export const PREVIEW = { header: 'x-preview', value: 'green' };

/** Copies of all requests, then previews by a header and by hosts, then everybody, each until somebody promotes. */
export const BLUE_GREEN = [
  { mirror: 100, hold: null },
  { preview: PREVIEW, hold: null },
  { preview: { hosts: APPS.map(previewHostOf) }, hold: null },
  { weight: 100_000, hold: null },
];

const reason = 'Release 42';

/** Sets up a flag, a route for each app, all hashing alike, and a rollout that moves them together; nothing is started. */
export async function createRelease(admin: AdminClient): Promise<void> {
  const environment = ENVIRONMENT;
  await admin.do('createEnvironment', { key: environment, reason });
  await admin.do('createFlag', { environment, key: FLAG, reason });
  for (const app of APPS) {
    await admin.do('createRoute', {
      environment,
      key: app,
      service: serviceHostOf(app),
      gateways: [{ name: GATEWAY, hosts: [publicHostOf(app), previewHostOf(app)] }],
      versions: { v1: { version: 'v1' }, v2: { version: 'v2' } },
      salt: 'release-42',
      default: 'v1',
      reason,
    });
  }
  await admin.do('createRollout', {
    environment,
    key: ROLLOUT,
    flag: { key: FLAG, new: 'on', control: 'off' },
    routes: APPS.map((key) => ({ key, new: 'v2', control: 'v1' })),
    steps: BLUE_GREEN,
    reason,
  });
}

/** Does what can be refused for a while because a table is not applied yet. */
export async function act(admin: AdminClient, name: MutationName, withinMs = 30_000): Promise<void> {
  const input = { environment: ENVIRONMENT, key: ROLLOUT, reason };
  await eventually(() => admin.do(name, input), withinMs);
}
