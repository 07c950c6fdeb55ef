import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/**
 * Headers of a signed delivery by Standard Webhooks (standardwebhooks.com): `v1,` and the base64 of HMAC-SHA256 over
 * `<id>.<timestamp>.<body>`. `at` in epoch ms. A secret `whsec_<base64>` is decoded; any other is taken as its bytes.
 */
export function signedHeaders(
  { id, at, body }: { readonly id: string; readonly at: number; readonly body: string },
  secret: string,
): { readonly [header: string]: string } {
  const timestamp = String(Math.floor(at / 1_000));
  const key = secret.startsWith(PREFIX)
    ? Buffer.from(secret.slice(PREFIX.length), 'base64')
    : Buffer.from(secret, 'utf8');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
