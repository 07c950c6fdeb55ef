import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebhookReceiver } from '../../../../test/support/webhook-receiver.js';
import type { Change } from '../../../domain/change.js';
import type { Webhook } from '../../../domain/environment.js';
import { signedHeaders } from '../../../outgoing/signed-headers.js';
import { WebhookNotifier } from './webhook-notifier.js';

const CHANGE: Change = {
  revision: 7,
  at: 1_700_000_000_000,
  actor: 'guard:errors',
  reason: 'errors 3× control',
  documents: [{ kind: 'flag', key: 'checkout', before: null, after: null }],
  event: { kind: 'trip', subject: 'guard/errors', evidence: { action: 'disable' } },
};

let receiver: WebhookReceiver;
let folder: string;

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  folder = mkdtempSync(join(tmpdir(), 'tidegate-webhook-'));
  writeFileSync(join(folder, 'secret'), `${receiver.secret}\n`);
});

afterAll(() => {
  receiver.close();
  rmSync(folder, { recursive: true });
});

const webhookTo = (url: string): Webhook => ({
  url,
  secretRef: `file:${join(folder, 'secret')}`,
  events: ['*'],
});

async function answering(
  status: number,
  headers: { [name: string]: string } = {},
): Promise<{ server: Server; address: string }> {
  const server = createServer((_request, response) => {
    if (status > 0) response.writeHead(status, headers).end('x'.repeat(1_000_000));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function close(server: Server): void {
  server.close();
  server.closeAllConnections();
}

describe('WebhookNotifier', () => {
  it('delivers what the receiver finds genuine', async () => {
    const notifier = new WebhookNotifier({ loopback: [receiver.address] });
    await notifier.deliver(webhookTo(`http://${receiver.address}/hook?x=1`), 'production', 'e1.7', CHANGE);
    expect(receiver.deliveries).toEqual([
      {
        id: 'e1.7',
        genuine: true,
        body: {
          type: 'trip',
          timestamp: '2023-11-14T22:13:20.000Z',
          data: {
            environment: 'production',
            revision: 7,
            actor: 'guard:errors',
            reason: 'errors 3× control',
            subject: 'guard/errors',
            evidence: { action: 'disable' },
            documents: ['flag/checkout'],
          },
        },
      },
    ]);
  });

  it('rejects where the receiver refuses the signature', async () => {
    const notifier = new WebhookNotifier({ loopback: [receiver.address], now: () => 0 });
    const late = notifier.deliver(webhookTo(`http://${receiver.address}/`), 'production', 'e1.8', CHANGE);
    await expect(late).rejects.toThrow('the receiver answered 401');
  });

  it('follows no redirect', async () => {
    const before = receiver.deliveries.length;
    const { server, address } = await answering(307, { location: `http://${receiver.address}/` });
    const notifier = new WebhookNotifier({ loopback: [address, receiver.address] });
    await expect(
      notifier.deliver(webhookTo(`http://${address}/`), 'production', 'e1.9', CHANGE),
    ).rejects.toThrow('307');
    expect(receiver.deliveries).toHaveLength(before);
    close(server);
  });

  it('gives up on a receiver that doesn’t answer', async () => {
    const { server, address } = await answering(0);
    const notifier = new WebhookNotifier({ loopback: [address], timeout: 200 });
    await expect(
      notifier.deliver(webhookTo(`http://${address}/`), 'production', 'e1.9', CHANGE),
    ).rejects.toThrow();
    close(server);
  });

  it('calls nobody without a secret', async () => {
    const notifier = new WebhookNotifier({ loopback: [receiver.address] });
    for (const secretRef of ['env:TIDEGATE_TEST_NO_SUCH_SECRET', `file:${folder}/nowhere`]) {
      const webhook: Webhook = { ...webhookTo(`http://${receiver.address}/`), secretRef };
      await expect(notifier.deliver(webhook, 'production', 'e1.9', CHANGE)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
      });
    }
  });

  it('reaches this machine only by the list, port and all', async () => {
    for (const loopback of [[], ['127.0.0.1:1']]) {
      const notifier = new WebhookNotifier({ loopback });
      const call = notifier.deliver(webhookTo(`http://${receiver.address}/`), 'production', 'e1.9', CHANGE);
      await expect(call).rejects.toMatchObject({ code: 'INVALID_INPUT', field: 'url' });
    }
  });
});

describe('signedHeaders', () => {
  it('signs as the standard’s own example', () => {
    const headers = signedHeaders(
      { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at: 1_614_265_330_000, body: '{"test": 2432232314}' },
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    );
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });
});
