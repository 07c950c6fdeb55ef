import { Outlets } from '../mesh/testbed/outlets.js';
import { Testbed } from '../mesh/testbed/testbed.js';
import type { Steps } from './checkout.js';
import { OutletReleases } from './outlet-releases.js';
import { startOnMesh } from './service-on-mesh.js';
import type { ServiceProcess } from './service-process.js';

/** A real mesh and the real service, with outlets of the shop whose releases are guarded by a real Prometheus. */
export class OutletStage {
  readonly outlets: Outlets;
  readonly releases: OutletReleases;

  private constructor(
    readonly testbed: Testbed,
    readonly service: ServiceProcess,
  ) {
    this.outlets = new Outlets(testbed);
    this.releases = new OutletReleases(service.admin);
  }

  static async start(): Promise<OutletStage> {
    const testbed = await Testbed.start();
    try {
      const service = await startOnMesh(testbed, { TIDEGATE_PROMETHEUS_URL: testbed.prometheus.url });
      const stage = new OutletStage(testbed, service);
      await stage.releases.prepare();
      return stage;
    } catch (error) {
      await testbed.stop();
      throw error;
    }
  }

  /** Opens outlets whose releases are defined by these steps, and waits until the gateway answers for them. */
  async open(
    plans: readonly { readonly name: string; readonly steps: Steps; readonly guard?: string }[],
  ): Promise<void> {
    const names = plans.map(({ name }) => name);
    await this.outlets.open(names);
    for (const { name, steps, guard } of plans) await this.releases.define(name, steps, guard);
    await this.outlets.answering(names);
  }

  async stop(): Promise<void> {
    await this.service.stop();
    await this.testbed.stop();
  }
}
