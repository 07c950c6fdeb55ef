import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Seconds by which a delivery's timestamp may be off, as Standard Webhooks advises. */
const TOLERANCE = 300;

/** One delivery, and whether its signature is right by Standard Webhooks. */
export interface Delivery {
  readonly id: string;
  readonly genuine: boolean;
  readonly body: { readonly [field: string]: unknown };
}

/** A real receiver of webhooks that refuses what isn't signed with its secret. */
export class WebhookReceiver {
  readonly deliveries: Delivery[] = [];
  /** As Standard Webhooks spells it: `whsec_` and 24 to 64 random bytes in base64. */
  readonly secret: string;
  readonly #key = randomBytes(32);
  readonly #server: Server;

  private constructor() {
    this.secret = `whsec_${this.#key.toString('base64')}`;
    this.#server = createServer((request, response) => {
      void text(request).then((body) => {
        const delivery = this.#check(request.headers, body);
        this.deliveries.push(delivery);
        response.writeHead(delivery.genuine ? 204 : 401).end();
      });
    });
  }

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** `host:port` that it listens on. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #check(headers: IncomingHttpHeaders, body: string): Delivery {
    const id = String(headers['webhook-id']);
    const timestamp = String(headers['webhook-timestamp']);
    const fresh = Math.abs(Date.now() / 1_000 - Number(timestamp)) < TOLERANCE;
    const wanted = createHmac('sha256', this.#key).update(`${id}.${timestamp}.${body}`).digest();
    const signatures = String(headers['webhook-signature']).split(' ');
    const genuine = fresh && signatures.some((signature) => isSignature(signature, wanted));
    return { id, genuine, body: JSON.parse(body) as Delivery['body'] };
  }
}

function isSignature(signature: string, wanted: Buffer): boolean {
  const [version, encoded = ''] = signature.split(',');
  const given = Buffer.from(encoded, 'base64');
  return version === 'v1' && given.length === wanted.length && timingSafeEqual(given, wanted);
}
