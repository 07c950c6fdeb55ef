import { createClient, type TidegateClient } from '@tidegate/sdk';
import { ENVIRONMENT } from './checkout.js';
import { ServiceProcess, type ServiceOptions } from './service-process.js';

/** Keeps what one test starts, so that it ends with the test and tests can run side by side. */
export class Stage {
  readonly #ends: (() => unknown)[] = [];

  /** Runs a test; whatever comes of it, all that it kept is ended, last first. */
  static async play(test: (stage: Stage) => Promise<void>): Promise<void> {
    const stage = new Stage();
    try {
      await test(stage);
    } finally {
      for (const end of stage.#ends.toReversed()) await end();
    }
  }

  keep<T>(thing: T, end: (thing: T) => unknown): T {
    this.#ends.push(() => end(thing));
    return thing;
  }

  async service(options: ServiceOptions): Promise<ServiceProcess> {
    return this.keep(await ServiceProcess.start(options), (service) => service.stop());
  }

  /** An SDK client of the story's environment that has its first snapshot. */
  async client({ url, admin }: ServiceProcess): Promise<TidegateClient> {
    const key = await admin.makeToken(ENVIRONMENT, 'server');
    const client = this.keep(createClient({ url, key, retryDelay: 100 }), (made) => made.close());
    await client.ready();
    return client;
  }
}
