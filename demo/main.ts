import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@tidegate/sdk';
import { Admin } from './admin.js';
import { startChild } from './child.js';
import { Follower } from './follow.js';
import { Front } from './front.js';
import { tell } from './log.js';
import { startReceiver } from './receiver.js';
import { startService } from './service.js';
import { setUp } from './set-up.js';
import { playStory } from './story.js';
import { makeVisitors } from './visitors.js';

/** What has to be ended when the demo ends, last begun first. */
const endings: (() => unknown)[] = [];
let stopping = false;

async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  for (const end of endings.toReversed()) await end();
  process.exit(code);
}

/**
 * The demo: the real service, a small shop of two versions behind a proxy that obeys only the written YAML, and a
 * rollout that goes wrong and is mended. `--healthy`: nothing goes wrong. `--once`: ends after the story.
 */
async function main(options: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-demo-'));
  endings.push(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'mesh'));
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  const receiverPort = await startReceiver(secret, ({ id, body }) => {
    tell('webhook', `${id}: told of the ${String(body.type)}; the signature is right`);
  });
  const service = await startService(folder, {
    TIDEGATE_OUTGOING_LOOPBACK: `127.0.0.1:${receiverPort}`,
    DEMO_WEBHOOK_SECRET: secret,
  });
  endings.push(() => service.stop());
  const [v1, v2] = await Promise.all([startChild('./shop.js', ['v1']), startChild('./shop.js', ['v2'])]);
  const ports = JSON.stringify({ v1: v1.port, v2: v2.port });
  const proxy = await startChild('./proxy.js', [join(folder, 'mesh'), ports]);
  for (const child of [proxy, v2, v1]) endings.push(() => child.stop());
  const look = lookAround(service.url, service.token, folder);
  process.stdout
    .write(`A shop of two versions, 10 employees, 188 customers, and 2 liars who only say that they are employees.
A rollout moves the flag new-checkout and the route checkout together: employees, 5 %, 20 %, 50 %, 100 %.${
    options.includes('--healthy') ? '' : '\nAt 20 % version v2 begins to fail, and nobody touches anything.'
  }
${look}
`);
  const admin = new Admin(service.url, service.token);
  const tokens = await setUp(admin, `http://127.0.0.1:${receiverPort}/`);
  const client = createClient({ url: service.url, key: tokens.serverToken });
  endings.push(() => client.close());
  await client.ready();
  const visitors = makeVisitors();
  const front = new Front(client, proxy.port, visitors);
  const follower = new Follower(admin);
  endings.push(
    () => front.stop(),
    () => follower.stop(),
  );
  follower.start();
  front.start(100);
  const { url } = service;
  const healthy = options.includes('--healthy');
  await playStory({ admin, follower, front, visitors, v2, healthy, url, clientToken: tokens.clientToken });
  if (options.includes('--once')) return stop(0);
  process.stdout.write(`\nThe shop stays open.\n${look}`);
}

function lookAround(url: string, token: string, folder: string): string {
  return `Look around:
  GraphQL   ${url}/try   (a page to try it; POST ${url}/graphql)
  metrics   ${url}/metrics
  health    ${url}/healthz and ${url}/readyz
  token     ${token}
  routes    ${join(folder, 'mesh')}
Ctrl+C stops everything and removes the folder.
`;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
// Whoever reads has enough, as with `| head`.
process.stdout.on('error', () => void stop(0));
try {
  await main(process.argv.slice(2));
} catch (error) {
  tell('demo', `the story broke off: ${error instanceof Error ? error.message : String(error)}`);
  await stop(1);
}
