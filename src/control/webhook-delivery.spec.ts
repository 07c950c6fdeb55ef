import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebhookReceiver } from '../../test/support/webhook-receiver.js';
import { WebhookNotifier } from '../adapters/notify/webhook/webhook-notifier.js';
import { EmbeddedStore } from '../adapters/store/embedded/embedded-store.js';
import type { EventKind } from '../domain/event-kind.js';
import { settingsSchema, type Webhook } from '../domain/environment.js';
import { WebhookDelivery } from './webhook-delivery.js';

Logger.overrideLogger(false);

const ENVIRONMENT = 'production';
const SECRET = 'TIDEGATE_TEST_DELIVERY_SECRET';

let folder: string;
let store: EmbeddedStore;
let receiver: WebhookReceiver;
let url: string;

const webhook = (events: Webhook['events'] = ['*']): Webhook => ({
  url,
  secretRef: `env:${SECRET}`,
  events,
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-webhook-'));
  store = new EmbeddedStore({ path: folder });
  await store.open();
  receiver = await WebhookReceiver.start();
  process.env[SECRET] = receiver.secret;
  url = `http://${receiver.address}/hook`;
  await store.createEnvironment(ENVIRONMENT, '', {
    edits: [{ kind: 'settings', key: 'environment', value: settingsSchema.parse({ webhooks: [webhook()] }) }],
    expected: { 'settings/environment': 0 },
    actor: 'token:test',
    reason: 'set up',
  });
}, 20_000);

afterEach(async () => {
  receiver.close();
  delete process.env[SECRET];
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** The delivery of a new leader: nothing is remembered but what the store holds. */
async function lead(holder: string): Promise<WebhookDelivery> {
  await store.releaseLease(ENVIRONMENT, 'control', 'one');
  const token = (await store.acquireLease(ENVIRONMENT, 'control', holder, 60_000)) ?? 0;
  const term = {
    environment: ENVIRONMENT,
    lease: { name: 'control', token },
    signal: new AbortController().signal,
  };
  return new WebhookDelivery(store, new WebhookNotifier({ loopback: [receiver.address] }), term);
}

async function happen(...kinds: EventKind[]): Promise<void> {
  for (const kind of kinds) {
    await store.commit(ENVIRONMENT, {
      edits: [],
      event: { kind, subject: 'rollout/go', evidence: {} },
      expected: {},
      actor: 'rollout:go',
      reason: kind,
    });
  }
}

async function setWebhooks(...webhooks: Webhook[]): Promise<void> {
  const { documents } = await store.image(ENVIRONMENT);
  await store.commit(ENVIRONMENT, {
    edits: [{ kind: 'settings', key: 'environment', value: settingsSchema.parse({ webhooks }) }],
    expected: { 'settings/environment': documents.get('settings', 'environment')?.revision ?? 0 },
    actor: 'token:test',
    reason: 'webhooks',
  });
}

const told = (): unknown[] => receiver.deliveries.map(({ body }) => body['type']);

describe('telling a receiver', () => {
  it('is in order, once, and under the id of the change, settings that follow notwithstanding', async () => {
    const delivery = await lead('one');
    await happen('start', 'step');
    await delivery.deliver(url);
    await setWebhooks(webhook());
    await happen('trip');
    await delivery.deliver(url);
    await delivery.deliver(url);
    expect(told()).toEqual(['start', 'step', 'trip']);
    const { epoch } = await store.image(ENVIRONMENT);
    expect(receiver.deliveries.map(({ id }) => id)).toEqual(
      [2, 3, 5].map((revision) => `${epoch}.${revision}`),
    );
  });

  it('goes on where the leader before stopped', async () => {
    await happen('start');
    await (await lead('one')).deliver(url);
    await happen('step', 'complete');
    await (await lead('two')).deliver(url);
    expect(told()).toEqual(['start', 'step', 'complete']);
  });

  it('keeps what was not taken for the next try, and what was taken as told', async () => {
    const delivery = await lead('one');
    await happen('start');
    await delivery.deliver(url);
    const { secret } = receiver;
    process.env[SECRET] = 'whsec_AAAA';
    await happen('step', 'trip');
    await expect(delivery.deliver(url)).rejects.toThrow('401');
    process.env[SECRET] = secret;
    await delivery.deliver(url);
    const genuine = receiver.deliveries.filter((one) => one.genuine).map(({ body }) => body['type']);
    expect(genuine).toEqual(['start', 'step', 'trip']);
  });

  it('tells only the kinds that it asked for', async () => {
    await setWebhooks(webhook(['trip', 'reset']));
    await happen('start', 'trip', 'reset', 'start');
    await (await lead('one')).deliver(url);
    expect(told()).toEqual(['trip', 'reset']);
  });

  it('tells a new receiver nothing of the time before it', async () => {
    await setWebhooks();
    await happen('start', 'step');
    await setWebhooks(webhook());
    await happen('trip');
    await (await lead('one')).deliver(url);
    expect(told()).toEqual(['trip']);
  });

  it('reads history over many pages', async () => {
    const delivery = await lead('one');
    await delivery.deliver(url);
    const kinds = Array.from({ length: 230 }, (_, index): EventKind =>
      index % 2 === 0 ? 'pause' : 'resume',
    );
    await happen(...kinds);
    await delivery.deliver(url);
    expect(told()).toEqual(kinds);
  }, 60_000);

  it('moves no cursor once another process leads', async () => {
    const sleeper = await lead('one');
    await sleeper.deliver(url);
    await lead('two');
    await happen('trip');
    await expect(sleeper.deliver(url)).rejects.toMatchObject({ code: 'STALE_LEASE' });
  });
});
