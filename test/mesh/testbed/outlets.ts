import { eventually } from './eventually.js';
import type { KubernetesObject } from './kubernetes-object.js';
import { namespace, service, serviceName } from './shop-objects.js';
import type { Fault } from './shop.js';
import { SteadyLoad } from './steady-load.js';
import type { Testbed } from './testbed.js';
import { type Entry, request } from './traffic.js';

export type Version = 'v1' | 'v2';

/** The name under which the outside world reaches an outlet. */
export const outletHost = (name: string): string => `${name}.example.com`;
export const outletService = (name: string): string => `${name}.${namespace}.svc.cluster.local`;

/**
 * Services of their own names before the shop's pods: each has its route, its clusters in the gateway and its faults, so that
 * many releases go on at once without many processes.
 */
export class Outlets {
  readonly #faults: Record<Version, Record<string, Fault>> = { v1: {}, v2: {} };

  constructor(private readonly testbed: Testbed) {}

  async open(names: readonly string[]): Promise<void> {
    await this.testbed.cluster.applyAll(names.map(serviceNamed));
  }

  entry(name: string): Entry {
    return { ...this.testbed.shop.outside, host: outletHost(name) };
  }

  /** Waits until the gateway answers for all of them. */
  async answering(names: readonly string[]): Promise<void> {
    await eventually(async () => {
      for (const name of names) {
        const { status } = await request(this.entry(name));
        if (status !== 200) throw new Error(`${name} answers ${status}`);
      }
    }, 30_000);
  }

  load(name: string, perSecond: number): SteadyLoad {
    return new SteadyLoad(this.entry(name), perSecond, name);
  }

  /** Lets versions misbehave for these outlets, from the next request on; null ends it. */
  fault(names: readonly string[], versions: readonly Version[], fault: Fault | null): void {
    for (const version of versions) {
      const hosts = this.#faults[version];
      for (const name of names) {
        if (fault === null) delete hosts[outletHost(name)];
        else hosts[outletHost(name)] = fault;
      }
      this.testbed.shop.fault(version, { hosts });
    }
  }
}

function serviceNamed(name: string): KubernetesObject {
  const shared = service();
  return { ...shared, metadata: { ...shared.metadata, name, labels: { of: serviceName } } };
}
