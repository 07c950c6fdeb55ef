import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { type Image, REGISTRY } from '../domain/image.js';
import { Store } from '../ports/store.js';
import { warningOf } from './failure.js';
import { Leader } from './leader.js';
import { ending, every } from './pace.js';
import type { Duty } from './term.js';

interface Campaign {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** Names the list of all duties among the providers. */
export const DUTIES = 'tidegate:duties';

const RETRY = 1_000;

/** Bids for the lead of every environment of the registry, and does what falls to the leader where it has it. */
@Injectable()
export class ControlLoops implements OnApplicationShutdown {
  readonly #log = new Logger(ControlLoops.name);
  readonly #holder = randomUUID();
  readonly #closing = new AbortController();
  readonly #campaigns = new Map<string, Campaign>();
  readonly #duties: readonly Duty[];
  #watching: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: Store,
    @Inject(DUTIES) duties: readonly Duty[],
  ) {
    this.#duties = duties;
  }

  /** Begins to bid; the store is open by now. */
  start(): void {
    this.#watching = every(
      RETRY,
      this.#closing.signal,
      () => this.#watchRegistry(),
      warningOf(this.#log, 'registry'),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  /** Ends every term and gives the leases back; resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#closing.abort();
    await this.#watching;
    await this.#follow([]);
  }

  async #watchRegistry(): Promise<void> {
    const { signal } = this.#closing;
    const see = (image: Image): void => {
      const environments = image.documents.list('environment').map(({ key }) => key);
      void this.#follow(signal.aborted ? [] : environments);
    };
    const stop = await this.store.watch(REGISTRY, null, {
      reset: see,
      change: (_change, image) => see(image),
    });
    try {
      await ending(signal);
    } finally {
      stop();
    }
  }

  /** Campaigns in exactly these environments; resolves when those left out have ended. */
  async #follow(environments: readonly string[]): Promise<void> {
    for (const environment of environments) {
      if (this.#campaigns.has(environment)) continue;
      const stop = new AbortController();
      const leader = new Leader(this.store, environment, this.#holder, this.#duties);
      this.#campaigns.set(environment, { stop, ended: leader.campaign(stop.signal) });
    }
    const dropped = [...this.#campaigns].filter(([environment]) => !environments.includes(environment));
    await Promise.all(
      dropped.map(async ([environment, campaign]) => {
        campaign.stop.abort();
        await campaign.ended;
        this.#campaigns.delete(environment);
      }),
    );
  }
}
