import { Agent, request } from 'node:http';
import type { RouteHeaders, TidegateClient } from '@tidegate/sdk';
import { contextOf, type Visit, type Visitor } from './visitors.js';

const HOST = 'checkout.shop.svc.cluster.local';

/**
 * The shop's front: serves visitors one after the other, as long as it runs. It asks the SDK for the flag, passes the
 * SDK's route headers on to the checkout service through the proxy, and reports failed checkouts.
 */
export class Front {
  readonly visits = new Map<string, Visit>();
  served = 0;
  failed = 0;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 });
  #timer: NodeJS.Timeout | undefined;
  #next = 0;

  constructor(
    private readonly client: TidegateClient,
    private readonly proxyPort: number,
    private readonly visitors: readonly Visitor[],
  ) {}

  /** Serves `perSecond` visitors a second, in turn. */
  start(perSecond: number): void {
    this.#timer = setInterval(() => {
      const visitor = this.visitors[this.#next++ % this.visitors.length] as Visitor;
      void this.#serve(visitor);
    }, 1_000 / perSecond);
  }

  /** Resolves when every visitor has come once since the call, and those that were on their way before it are past. */
  async round(): Promise<void> {
    const until = this.served + Math.ceil(1.3 * this.visitors.length);
    while (this.served < until) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#agent.destroy();
  }

  async #serve(visitor: Visitor): Promise<void> {
    const context = contextOf(visitor);
    const flag = this.client.boolean('new-checkout', context, false);
    const { status, version } = await this.#checkout(this.client.routeHeaders(context));
    this.served += 1;
    if (status >= 500) {
      this.failed += 1;
      this.client.track('checkout-failed', context);
    }
    this.visits.set(visitor.id, { flag, version, status });
  }

  #checkout(headers: RouteHeaders): Promise<{ status: number; version: string }> {
    return new Promise((resolve) => {
      const call = request(
        {
          host: '127.0.0.1',
          port: this.proxyPort,
          path: '/',
          agent: this.#agent,
          headers: { ...headers, host: HOST },
        },
        (answer) => {
          answer.resume();
          answer.once('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              version: String(answer.headers['x-version'] ?? 'none'),
            }),
          );
        },
      );
      call.once('error', () => resolve({ status: 503, version: 'none' }));
      call.end();
    });
  }
}
