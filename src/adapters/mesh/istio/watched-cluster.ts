import type { Cluster } from '../../../cluster/cluster.js';
import { Reflector } from '../../../cluster/reflector.js';
import type { KubernetesObject } from '../../../cluster/resource.js';
import type { RouteOwner } from '../../../ports/mesh.js';
import type { MeshKind, MeshObject } from '../istio-objects/mesh-object.js';
import { ownerName, ownerNameOf } from '../istio-objects/ownership.js';
import { isSameAsBefore, routesOfObject, routesOfSlice } from './concerned-routes.js';
import { type ListScope, resourceOf } from './istio-objects-api.js';
import { OwnWrites } from './own-writes.js';

/** Where a Service's requests go, as far as we look at it. */
export interface EndpointSlice extends KubernetesObject {
  readonly endpoints?: readonly Endpoint[];
}

export interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions?: {
    readonly ready?: boolean;
    readonly serving?: boolean;
    readonly terminating?: boolean;
  };
  readonly targetRef?: { readonly kind?: string; readonly name?: string; readonly uid?: string };
}

/** Reads objects by kind and by name. */
export interface ObjectReader {
  list(kind: MeshKind, scope?: ListScope): Promise<readonly MeshObject[]>;
  get(wanted: MeshObject): Promise<MeshObject | null>;
}

export type ChangeListener = (owner: RouteOwner) => void;

/** After a watch breaks, its list is decided on for no longer than this, ms: to ask costs little. */
const TIMES = { patience: 1_000 };
/** A server that hangs keeps its watches open, so it is asked for a sign of life once in this, ms. */
const SIGN_OF_LIFE = 5_000;
/** Each route is read from the API server itself at least this often, ms, less up to half of it. */
const NET = 300_000;

/**
 * What the mesh adapter knows of the cluster without asking: VirtualServices and DestinationRules of everybody, because
 * those of others can hide ours, and EndpointSlices. Watches while somebody listens.
 */
export class WatchedCluster {
  readonly virtualServices: Reflector<MeshObject>;
  readonly destinationRules: Reflector<MeshObject>;
  readonly endpointSlices: Reflector<EndpointSlice>;
  readonly #writes = new OwnWrites();
  readonly #listeners = new Set<ChangeListener>();
  readonly #nextRead = new Map<string, number>();
  #answered = -Infinity;
  #asking: Promise<void> | null = null;

  constructor(private readonly cluster: Cluster) {
    this.virtualServices = new Reflector(cluster, resourceOf('VirtualService'), { pick: slim, times: TIMES });
    this.destinationRules = new Reflector(cluster, resourceOf('DestinationRule'), {
      pick: slim,
      times: TIMES,
    });
    const slices = { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices' };
    this.endpointSlices = new Reflector<EndpointSlice>(cluster, slices, { pick: slimSlice, times: TIMES });
    for (const reflector of [this.virtualServices, this.destinationRules]) {
      reflector.subscribe((event) => {
        const isRemoved = event.type === 'removed';
        if (this.#writes.isOurs(event.object, isRemoved) || (!isRemoved && isSameAsBefore(event))) return;
        this.#tell(routesOfObject(event, this.#ours()));
      });
    }
    this.endpointSlices.subscribe((event) => this.#tell(routesOfSlice(event, this.#ours())));
  }

  /** Calls for each route that a change may matter to; answers the way to stop. */
  changes(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    for (const reflector of this.#reflectors()) reflector.start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      for (const reflector of this.#reflectors()) void reflector.stop();
    };
  }

  /**
   * Reads what is known here, or null where the API server must be asked: nothing is watched, a watch is broken, a
   * write of ours to the route has not come back yet, or the route has not been read there for long. Rejects where the
   * API server gives no sign of life.
   */
  async reader(owner: Pick<RouteOwner, 'environment' | 'route'>): Promise<ObjectReader | null> {
    const name = ownerName(owner);
    if (!this.virtualServices.fresh || !this.destinationRules.fresh) return null;
    if (this.#writes.isPending(name) || this.#isDue(name)) return null;
    await this.#signOfLife();
    return { list: (kind, scope) => this.#list(kind, scope), get: (wanted) => this.#get(wanted) };
  }

  /** `object` was written by us, and stands in this version now; null where it was removed. */
  wrote(object: MeshObject, version: string | null): void {
    const { name, namespace } = object.metadata;
    this.#writes.note(object, version, this.#of(object.kind).get(namespace, name));
  }

  /** The EndpointSlices of a Service, or null where the API server must be asked. */
  slicesOf(namespace: string, service: string): readonly EndpointSlice[] | null {
    if (!this.endpointSlices.fresh) return null;
    return this.endpointSlices
      .list()
      .filter(
        ({ metadata }) =>
          metadata.namespace === namespace && metadata.labels?.['kubernetes.io/service-name'] === service,
      );
  }

  #reflectors(): readonly { start(): void; stop(): Promise<void> }[] {
    return [this.virtualServices, this.destinationRules, this.endpointSlices];
  }

  #of(kind: string): Reflector<MeshObject> {
    return kind === 'VirtualService' ? this.virtualServices : this.destinationRules;
  }

  #ours(): readonly MeshObject[] {
    const all = [...this.virtualServices.list(), ...this.destinationRules.list()];
    return all.filter((object) => ownerNameOf(object) !== null);
  }

  #tell(owners: readonly RouteOwner[]): void {
    for (const owner of owners) for (const listener of this.#listeners) listener(owner);
  }

  async #list(kind: MeshKind, { namespace, labels }: ListScope = {}): Promise<readonly MeshObject[]> {
    const wanted = (labels?.split(',') ?? []).map((pair) => pair.split('='));
    return this.#of(kind)
      .list()
      .filter(
        ({ metadata }) =>
          (namespace === undefined || metadata.namespace === namespace) &&
          wanted.every(([label = '', value]) => metadata.labels?.[label] === value),
      );
  }

  async #get({ kind, metadata }: MeshObject): Promise<MeshObject | null> {
    return this.#of(kind).get(metadata.namespace, metadata.name) ?? null;
  }

  /** Not all at one moment, though all begin at one. */
  #isDue(name: string): boolean {
    const now = Date.now();
    if (now < (this.#nextRead.get(name) ?? 0)) return false;
    this.#nextRead.set(name, now + NET * (1 - Math.random() / 2));
    return true;
  }

  async #signOfLife(): Promise<void> {
    if (Date.now() - this.#answered < SIGN_OF_LIFE) return;
    this.#asking ??= this.cluster
      .request({ path: '/version' })
      .then(() => {
        this.#answered = Date.now();
      })
      .finally(() => (this.#asking = null));
    await this.#asking;
  }
}

/** Of the objects of others nobody asks who set which field. */
function slim(object: MeshObject): MeshObject {
  if (ownerNameOf(object) !== null) return object;
  const { managedFields: _managedFields, ...metadata } = object.metadata as MeshObject['metadata'] & {
    managedFields?: unknown;
  };
  return { ...object, metadata };
}

function slimSlice({ metadata, endpoints = [] }: EndpointSlice): EndpointSlice {
  const { name, namespace, labels, resourceVersion } = metadata;
  const service = labels?.['kubernetes.io/service-name'];
  return {
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(service !== undefined && { labels: { 'kubernetes.io/service-name': service } }),
    },
    endpoints: (endpoints ?? []).map(slimEndpoint),
  };
}

function slimEndpoint({ addresses, conditions, targetRef }: Endpoint): Endpoint {
  const { kind, name, uid } = targetRef ?? {};
  return {
    addresses,
    ...(conditions && { conditions }),
    ...(kind && name && { targetRef: { kind, name, ...(uid && { uid }) } }),
  };
}
