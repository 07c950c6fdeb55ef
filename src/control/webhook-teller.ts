import { Injectable, Logger } from '@nestjs/common';
import type { Image } from '../domain/image.js';
import { Notifier } from '../ports/notifier.js';
import { Store } from '../ports/store.js';
import { describeFailure } from './failure.js';
import { ending } from './pace.js';
import type { Duty, Term } from './term.js';
import { WebhookDelivery } from './webhook-delivery.js';
import { WorkQueue } from './work-queue.js';

const LONGEST_WAIT = 60_000;

/** Tells webhooks of changes that carry an event: each receiver in order, at least once, whoever leads. */
@Injectable()
export class WebhookTeller implements Duty {
  readonly name = 'webhook-teller';
  readonly #log = new Logger(WebhookTeller.name);

  constructor(
    private readonly store: Store,
    private readonly notifier: Notifier,
  ) {}

  async run(term: Term): Promise<void> {
    const delivery = new WebhookDelivery(this.store, this.notifier, term);
    const queue = new WorkQueue((url) => delivery.deliver(url), {
      longestWait: LONGEST_WAIT,
      onFailure: (url, error) => this.#log.warn(`webhook ${hostOf(url)}: ${describeFailure(error)}`),
    });
    const addAll = (image: Image): void => {
      const settings = image.documents.value('settings', 'environment');
      settings?.webhooks.forEach(({ url }) => queue.add(url));
    };
    const stop = await this.store.watch(term.environment, null, {
      reset: addAll,
      change: (change, image) => {
        if (change.event !== null) addAll(image);
      },
    });
    try {
      await ending(term.signal);
    } finally {
      stop();
      await queue.close();
    }
  }
}

/** A receiver's URL may hold a secret in its path; the log names the host only. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'with a bad URL';
}
