import type { Change } from '../../../domain/change.js';
import type { Webhook } from '../../../domain/environment.js';
import { ref } from '../../../domain/documents.js';
import { Notifier } from '../../../ports/notifier.js';
import { OutgoingCalls } from '../../../outgoing/outgoing-calls.js';
import { readSecret } from '../../../outgoing/secret-ref.js';
import { signedHeaders } from '../../../outgoing/signed-headers.js';

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
  readonly #calls: OutgoingCalls;

  constructor(private readonly options: WebhookOptions = {}) {
    super();
    this.#calls = new OutgoingCalls(options.loopback);
  }

  /**
   * Posts `{ type, timestamp, data }`: the event's kind, the change's store time in ISO form, and `data` with
   * environment, revision, actor, reason, subject, evidence and the documents written. Rejects when the answer is not
   * 2xx or late, the address is refused, or there is no secret.
   */
  async deliver(webhook: Webhook, environment: string, id: string, change: Change): Promise<void> {
    const { now = Date.now, timeout } = this.options;
    const secret = await readSecret(webhook.secretRef);
    const body = bodyOf(environment, change);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Tidegate-Webhook/1',
      ...signedHeaders({ id, at: now(), body }, secret),
    };
    const call = { method: 'POST', headers, body, ...(timeout === undefined ? {} : { timeout }) } as const;
    const { status } = await this.#calls.send(new URL(webhook.url), call);
    if (status < 200 || status > 299) throw new Error(`the receiver answered ${status}`);
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
