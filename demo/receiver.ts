import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';

/** A delivery whose signature was right. */
export interface Delivery {
  readonly id: string;
  readonly body: { readonly type?: string; readonly data?: unknown };
}

/** Listens for webhooks, checks them as Standard Webhooks say, and hands the good ones on. Returns its port. */
export function startReceiver(secret: string, told: (delivery: Delivery) => void): Promise<number> {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const id = String(request.headers['webhook-id']);
      const signed = `${id}.${String(request.headers['webhook-timestamp'])}.${text}`;
      const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
      const wanted = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
      const good = String(request.headers['webhook-signature']).split(' ').includes(wanted);
      response.writeHead(good ? 204 : 401).end();
      if (good) told({ id, body: JSON.parse(text) as Delivery['body'] });
    });
  });
  server.unref();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
