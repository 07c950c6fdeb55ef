import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@tidegate/sdk';
import { Admin } from './admin.js';
import { type Child, startChild } from './child.js';
import { Follower } from './follow.js';
import { Front } from './front.js';
import { tell } from './log.js';
import { startReceiver } from './receiver.js';
import { startService } from './service.js';
import { setUp } from './set-up.js';
import { playStory } from './story.js';
import { makeVisitors } from './visitors.js';

/**
 * The demo: the real service, a small shop of two versions behind a proxy that obeys only the written YAML, and a
 * rollout that goes wrong and is mended. `--healthy`: nothing goes wrong. `--once`: ends after the story.
 */
async function main(options: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-demo-'));
  await mkdir(join(folder, 'mesh'));
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  const receiverPort = await startReceiver(secret, ({ id, body }) => {
    tell('webhook', `${id} ${String(body.type)}: signature is right`);
  });
  const service = await startService(folder, {
    TIDEGATE_OUTGOING_LOOPBACK: `127.0.0.1:${receiverPort}`,
    DEMO_WEBHOOK_SECRET: secret,
  });
  const [v1, v2] = await Promise.all([startChild('./shop.js', ['v1']), startChild('./shop.js', ['v2'])]);
  const proxy = await startChild('./proxy.js', [
    join(folder, 'mesh'),
    JSON.stringify({ v1: v1.port, v2: v2.port }),
  ]);
  const admin = new Admin(service.url, service.token);
  const tokens = await setUp(admin, `http://127.0.0.1:${receiverPort}/`);
  const client = createClient({ url: service.url, key: tokens.serverToken });
  await client.ready();
  const visitors = makeVisitors();
  const front = new Front(client, proxy.port, visitors);
  const follower = new Follower(admin);
  const children: readonly Child[] = [v1, v2, proxy];

  const stop = async (code: number): Promise<void> => {
    follower.stop();
    front.stop();
    await client.close();
    for (const child of children) child.stop();
    service.stop();
    await rm(folder, { recursive: true, force: true });
    process.exit(code);
  };
  process.once('SIGINT', () => void stop(0));
  process.once('SIGTERM', () => void stop(0));

  follower.start();
  front.start(100);
  try {
    const healthy = options.includes('--healthy');
    await playStory({
      admin,
      follower,
      front,
      visitors,
      v2,
      healthy,
      url: service.url,
      clientToken: tokens.clientToken,
    });
  } catch (error) {
    tell('demo', `the story broke off: ${error instanceof Error ? error.message : String(error)}`);
    await stop(1);
  }
  if (options.includes('--once')) await stop(0);
  process.stdout.write(`
The shop stays open. Look around:
  GraphQL   ${service.url}/try   (a page to try it; POST ${service.url}/graphql)
  metrics   ${service.url}/metrics
  health    ${service.url}/healthz and ${service.url}/readyz
  token     ${service.token}
  routes    ${join(folder, 'mesh')}
Ctrl+C stops everything and removes the folder.
`);
}

await main(process.argv.slice(2));
