import type { Change } from '../domain/change.js';
import type { Webhook } from '../domain/environment.js';

/** Tells the outside of changes that carry an event. */
export abstract class Notifier {
  /**
   * Delivers one change to one receiver; `id` (`<epoch>.<revision>`) is the same on every try. Rejects when it was not
   * taken (network, non-2xx), so that the caller tries again.
   */
  abstract deliver(webhook: Webhook, environment: string, id: string, change: Change): Promise<void>;
}
