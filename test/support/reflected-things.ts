import { expect } from '@jest/globals';
import { Cluster } from '../../src/cluster/cluster.js';
import { Reflector, type ReflectorOptions } from '../../src/cluster/reflector.js';
import type { KubernetesObject } from '../../src/cluster/resource.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { PlayedApiServer } from './played-api-server.js';

const THINGS = { group: 'example.com', version: 'v1', plural: 'things', labelSelector: 'a=b' };
/** A reflector waits so long here unless a spec says otherwise, ms. */
const TIMES = { first: 5, longest: 40, spread: 5, silence: 60_000, patience: 60_000 };

/** A reflector of things on a played API server: what it told, and what it logged. */
export class ReflectedThings {
  readonly told: string[] = [];
  readonly logged: string[] = [];
  #cluster: Cluster;
  #reflector: Reflector<KubernetesObject> | undefined;

  private constructor(readonly server: PlayedApiServer) {
    this.#cluster = new Cluster({ serviceAccount: server.place, timeout: 2_000 });
  }

  static async start(): Promise<ReflectedThings> {
    return new ReflectedThings(await PlayedApiServer.start());
  }

  /** The one that was made last. */
  get reflector(): Reflector<KubernetesObject> {
    if (this.#reflector === undefined) throw new Error('no reflector was made');
    return this.#reflector;
  }

  /** What is made from now on waits no longer than 100 ms for the head of an answer. */
  impatient(): void {
    this.#cluster.close();
    this.#cluster = new Cluster({ serviceAccount: this.server.place, timeout: 100 });
  }

  make(options: ReflectorOptions<KubernetesObject> = {}): void {
    const note = (line: string) => this.logged.push(line);
    this.#reflector = new Reflector(this.#cluster, THINGS, {
      ...options,
      times: { ...TIMES, ...options.times },
      logger: { warn: note, log: note },
    });
    this.#reflector.subscribe(({ type, object, before }) =>
      this.told.push(
        `${type} ${object.metadata.name}${before ? ` after ${before.metadata.resourceVersion}` : ''}`,
      ),
    );
  }

  /** Makes one, and waits until it watches. */
  async started(options: ReflectorOptions<KubernetesObject> = {}): Promise<void> {
    this.make(options);
    this.reflector.start();
    await this.reflector.synced;
    await eventually(async () => expect(this.server.watching).toBe(1));
  }

  names(): string[] {
    return this.reflector.list().map(({ metadata }) => metadata.name);
  }

  /** Waits until just this was told. */
  hears(...events: string[]): Promise<void> {
    return eventually(async () => expect(this.told).toEqual(events));
  }

  async stop(): Promise<void> {
    await this.#reflector?.stop();
    this.#cluster.close();
    await this.server.stop();
  }
}
