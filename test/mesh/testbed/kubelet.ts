import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeAddress, podAddresses } from './addresses.js';
import type { ClusterClient } from './cluster-client.js';
import { Pod, type PodObject } from './pod.js';

const nodeName = 'node-1';
const pollMs = 200;

/**
 * Stands in for scheduler and kubelet: gives each pod the node, an address and a process. It polls, so that it needs no
 * care when the API server is stopped and started under it.
 */
export class Kubelet {
  readonly #pods = new Map<string, Pod>();
  readonly #busy = new Map<string, Promise<void>>();
  readonly #folder: string;
  #next = 0;
  #running = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly cluster: ClusterClient,
    folder: string,
  ) {
    this.#folder = join(folder, 'pods');
    mkdirSync(this.#folder, { recursive: true });
  }

  /** Registers the node and begins to run pods. */
  async start(): Promise<void> {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName } };
    await this.cluster.apply(node);
    const status = {
      addresses: [{ type: 'InternalIP', address: nodeAddress }],
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: '' }],
    };
    await this.cluster.patch(node, { status }, 'strategic-merge-patch', 'status');
    this.#running = true;
    this.#loop = this.#run();
  }

  /** Ends all pods at once; their objects stay. */
  async stop(): Promise<void> {
    this.#running = false;
    await this.#loop;
    await Promise.all(this.#busy.values());
    await Promise.all([...this.#pods.values()].map((pod) => pod.stop(0)));
    this.#pods.clear();
  }

  /** The running pod of an object that the API has given out. */
  pod(object: { metadata: { uid?: string; name: string } }): Pod {
    const pod = this.#pods.get(object.metadata.uid ?? '');
    if (!pod) throw new Error(`pod ${object.metadata.name} does not run here`);
    return pod;
  }

  /** Makes a pod ready or not ready, without touching its program. */
  async setReady(object: { metadata: { uid?: string; name: string } }, ready: boolean): Promise<void> {
    await this.pod(object).setReady(ready);
  }

  async #run(): Promise<void> {
    while (this.#running) {
      await this.#pass().catch((error: unknown) => this.#log(error));
      await sleep(pollMs);
    }
  }

  async #pass(): Promise<void> {
    const objects = await this.cluster.list<PodObject>({ apiVersion: 'v1', kind: 'Pod' });
    const known = new Set(objects.map(({ metadata }) => metadata.uid));
    for (const uid of this.#pods.keys()) {
      if (!known.has(uid)) this.#work(uid, () => this.#end(uid));
    }
    for (const object of objects) {
      this.#work(object.metadata.uid, () => this.#sync(object));
    }
  }

  // A pod that is slow to start or to end must not hold up the others; what fails is tried again in the next pass.
  #work(uid: string, task: () => Promise<void>): void {
    if (this.#busy.has(uid)) return;
    const done = task()
      .catch((error: unknown) => this.#log(error))
      .finally(() => this.#busy.delete(uid));
    this.#busy.set(uid, done);
  }

  #log(error: unknown): void {
    appendFileSync(join(this.#folder, 'kubelet.log'), `${new Date().toISOString()} ${String(error)}\n`);
  }

  async #sync(object: PodObject): Promise<void> {
    const { deletionTimestamp, uid } = object.metadata;
    if (deletionTimestamp) {
      await this.#end(uid);
      await this.cluster.delete(object, { gracePeriodSeconds: 0 });
      return;
    }
    if (!object.spec.nodeName) await this.#bind(object);
    const pod = this.#pods.get(uid) ?? this.#begin(object);
    await pod.report();
  }

  async #bind({ metadata: { name, namespace } }: PodObject): Promise<void> {
    await this.cluster.request('POST', `/api/v1/namespaces/${namespace}/pods/${name}/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace },
      target: { apiVersion: 'v1', kind: 'Node', name: nodeName },
    });
  }

  #begin(object: PodObject): Pod {
    const pod = new Pod(this.cluster, object, this.#freeAddress(), this.#folder);
    this.#pods.set(object.metadata.uid, pod);
    pod.start();
    return pod;
  }

  async #end(uid: string): Promise<void> {
    await this.#pods.get(uid)?.stop();
    this.#pods.delete(uid);
  }

  // Given out in turn, so that a proxy's idle connection to an ended pod never reaches its successor.
  #freeAddress(): string {
    const taken = new Set([...this.#pods.values()].map(({ address }) => address));
    for (let tries = 0; tries < podAddresses.length; tries += 1) {
      const address = podAddresses[this.#next++ % podAddresses.length] as string;
      if (!taken.has(address)) return address;
    }
    throw new Error('all pod addresses are in use');
  }
}
