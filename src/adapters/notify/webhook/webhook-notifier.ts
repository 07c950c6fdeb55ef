import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Change } from '../../../domain/change.js';
import type { Webhook } from '../../../domain/environment.js';
import { ref } from '../../../domain/documents.js';
import { Notifier } from '../../../ports/notifier.js';
import { outgoingAddress } from './outgoing-address.js';
import { readSecret } from './secret-ref.js';
import { signedHeaders } from './signature.js';

export interface WebhookOptions {
  /** `host:port` pairs on this machine that may be called; default none. */
  readonly loopback?: readonly string[];
  /** How long one delivery may take, ms; default 5,000. */
  readonly timeout?: number;
  /** Epoch ms; default the system's clock. Receivers refuse timestamps that are far from theirs. */
  readonly now?: () => number;
}

/** Delivers changes to webhooks, signed as Standard Webhooks. Follows no redirect. */
export class WebhookNotifier extends Notifier {
  constructor(private readonly options: WebhookOptions = {}) {
    super();
  }

  /**
   * Posts `{ type, timestamp, data }`: the event's kind, the change's store time in ISO form, and `data` with
   * environment, revision, actor, reason, subject, evidence and the documents written. Rejects when the answer is not
   * 2xx or late, the address is refused, or there is no secret.
   */
  async deliver(webhook: Webhook, environment: string, id: string, change: Change): Promise<void> {
    const { loopback = [], now = Date.now } = this.options;
    const url = new URL(webhook.url);
    const secret = await readSecret(webhook.secretRef);
    const { address, family } = await outgoingAddress(url, loopback);
    const body = bodyOf(environment, change);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Tidegate-Webhook/1',
      ...signedHeaders({ id, at: now(), body }, secret),
    };
    const status = await this.#post(url, { headers, body, host: address, family });
    if (status < 200 || status > 299) throw new Error(`the receiver answered ${status}`);
  }

  /** Connects to the address that was checked, under the URL's own name, and answers the status. */
  #post(
    url: URL,
    sent: { readonly headers: object; readonly body: string; readonly host: string; readonly family: 4 | 6 },
  ): Promise<number> {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const outgoing = send(
        url,
        {
          method: 'POST',
          agent: false,
          headers: { ...sent.headers, 'content-length': Buffer.byteLength(sent.body) },
          signal: AbortSignal.timeout(this.options.timeout ?? 5_000),
          lookup: (_host, options, done) => {
            if (options.all === true) done(null, [{ address: sent.host, family: sent.family }]);
            else done(null, sent.host, sent.family);
          },
        },
        (response) => {
          response.destroy();
          resolve(response.statusCode ?? 0);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(sent.body);
    });
  }
}

function bodyOf(environment: string, change: Change): string {
  const { revision, at, actor, reason, event, documents } = change;
  return JSON.stringify({
    type: event?.kind ?? 'change',
    timestamp: new Date(at).toISOString(),
    data: {
      environment,
      revision,
      actor,
      reason,
      subject: event?.subject ?? null,
      evidence: event?.evidence ?? {},
      documents: documents.map(({ kind, key }) => ref(kind, key)),
    },
  });
}
