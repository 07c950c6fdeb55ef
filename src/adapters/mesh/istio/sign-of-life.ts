import type { Cluster } from '../../../cluster/cluster.js';
import { statusOf } from '../../../cluster/cluster-failure.js';

/** An answer is good for so long, ms. */
const GOOD_FOR = 5_000;

/** Whether the API server answers at all: one that hangs keeps its watches open. */
export class SignOfLife {
  #answered = -Infinity;
  #asking: Promise<void> | null = null;

  constructor(private readonly cluster: Pick<Cluster, 'request'>) {}

  /**
   * Asks, unless it answered a moment ago. A refusal is an answer too: not every cluster lets everybody ask for its version.
   * Rejects as `Cluster.request` does where there was none, or where the server, or a proxy before it, failed.
   */
  async seen(): Promise<void> {
    if (Date.now() - this.#answered < GOOD_FOR) return;
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    await this.#asking;
  }

  async #ask(): Promise<void> {
    await this.cluster.request({ path: '/version' }).catch((error: unknown) => {
      if ((statusOf(error) ?? 500) >= 500) throw error;
    });
    this.#answered = Date.now();
  }
}
