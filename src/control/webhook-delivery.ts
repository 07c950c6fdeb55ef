import { Logger } from '@nestjs/common';
import type { Change, StoredState } from '../domain/change.js';
import type { Webhook } from '../domain/environment.js';
import { type Image, stateKey } from '../domain/image.js';
import type { Notifier } from '../ports/notifier.js';
import type { Store } from '../ports/store.js';
import type { Term } from './term.js';

/** How far one receiver was told: up to this revision, at this store time. The time tells revisions of two histories apart. */
interface Cursor {
  readonly revision: number;
  readonly at: number;
}
type Cursors = { readonly [url: string]: Cursor };

/** Stands for every kind of event in a webhook's list. */
const EVERY = '*';
const PAGE = 100;
/** What is older is not told any more. */
const LONGEST_DELAY = 24 * 60 * 60 * 1_000;

/** Delivers to single receivers what they have not been told, oldest first, for one term. */
export class WebhookDelivery {
  readonly #log = new Logger(WebhookDelivery.name);
  /** Cursors share one state: one write at a time. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: Store,
    private readonly notifier: Notifier,
    private readonly term: Term,
  ) {}

  /** Rejects when the receiver didn't take a change; what was taken before is kept as told. */
  async deliver(url: string): Promise<void> {
    const { environment, signal } = this.term;
    const image = await this.store.image(environment);
    const cursor = await this.#cursorOf(url, image);
    for (const change of await this.#untold(cursor)) {
      if (signal.aborted) return;
      await this.#tell(url, image, change);
      await this.#move(url, { revision: change.revision, at: change.at });
    }
  }

  async #tell(url: string, { epoch }: Image, change: Change): Promise<void> {
    const { environment } = this.term;
    const { documents } = await this.store.image(environment);
    const webhooks = documents.value('settings', 'environment')?.webhooks ?? [];
    for (const webhook of webhooks) {
      if (webhook.url !== url || !wants(webhook, change)) continue;
      await this.notifier.deliver(webhook, environment, `${epoch}.${change.revision}`, change);
    }
  }

  /** Changes with an event after the cursor, oldest first. */
  async #untold(cursor: Cursor): Promise<Change[]> {
    const oldest = (await this.store.now()) - LONGEST_DELAY;
    const isTold = ({ revision, at }: Change): boolean => revision <= cursor.revision && at <= cursor.at;
    const untold: Change[] = [];
    for (let before: number | undefined; ;) {
      const { changes, more } = await this.store.history(this.term.environment, {
        limit: PAGE,
        ...(before === undefined ? {} : { before }),
      });
      const end = changes.findIndex((change) => isTold(change) || change.at < oldest);
      untold.push(...(end < 0 ? changes : changes.slice(0, end)));
      before = changes.at(-1)?.revision;
      if (end >= 0 || !more || before === undefined) break;
    }
    return untold.filter(({ event }) => event !== null).reverse();
  }

  /** A receiver that was never told anything begins after the settings that name it. */
  async #cursorOf(url: string, { documents }: Image): Promise<Cursor> {
    const known = (await this.#read()).value[url];
    if (known !== undefined) return known;
    const begin = {
      revision: documents.get('settings', 'environment')?.revision ?? 0,
      at: await this.store.now(),
    };
    await this.#move(url, begin);
    return begin;
  }

  async #read(): Promise<StoredState<Cursors>> {
    const kept = await this.store.readState(this.term.environment, stateKey.webhook());
    return kept === null
      ? { key: stateKey.webhook(), revision: 0, value: {} }
      : (kept as StoredState<Cursors>);
  }

  /** Cursors of receivers that are no longer set up go on the way. */
  #move(url: string, cursor: Cursor): Promise<void> {
    const write = async (): Promise<void> => {
      const { environment, lease } = this.term;
      const { key, revision, value } = await this.#read();
      const { documents } = await this.store.image(environment);
      const urls = documents.value('settings', 'environment')?.webhooks.map((webhook) => webhook.url) ?? [];
      const kept = Object.entries(value).filter(([known]) => urls.includes(known));
      const next: Cursors = { ...Object.fromEntries(kept), [url]: cursor };
      await this.store.writeState(environment, { key, value: next, expected: revision }, lease);
    };
    const written = this.#writing.then(write);
    this.#writing = written.catch((error: unknown) => this.#log.debug(String(error)));
    return written;
  }
}

function wants({ events }: Webhook, { event }: Change): boolean {
  return event !== null && (events.includes(EVERY) || events.includes(event.kind));
}
