import type { Cluster } from '../../../cluster/cluster.js';
import { Reflector } from '../../../cluster/reflector.js';
import type { WatchedEndpoints } from '../../../cluster/watched-endpoints.js';
import type { RouteOwner } from '../../../ports/mesh.js';
import { type MeshKind, type MeshObject, ROUTE_LABEL } from '../istio-objects/mesh-object.js';
import { ownerName, ownerNameOf } from '../istio-objects/ownership.js';
import { isSameAsBefore, routesOfObject, routesOfSlice } from './concerned-routes.js';
import { type ListScope, resourceOf } from './istio-objects-api.js';
import { OwnWrites } from './own-writes.js';
import { SignOfLife } from './sign-of-life.js';

/** Reads objects by kind and by name. */
export interface ObjectReader {
  list(kind: MeshKind, scope?: ListScope): Promise<readonly MeshObject[]>;
  get(wanted: MeshObject): Promise<MeshObject | null>;
}

export type ChangeListener = (owner: RouteOwner) => void;

/** After a watch breaks, its list is decided on for no longer than this, ms: to ask costs little. */
const TIMES = { patience: 1_000 };
/** Each route that is looked at is read from the API server itself this often, ms, less up to half of it. */
const NET = 300_000;

/**
 * What the mesh adapter knows of the cluster without asking: VirtualServices and DestinationRules of everybody, because
 * those of others can hide ours; of endpoints it hears. Watches while somebody listens.
 */
export class WatchedCluster {
  readonly virtualServices: Reflector<MeshObject>;
  readonly destinationRules: Reflector<MeshObject>;
  readonly #writes = new OwnWrites();
  readonly #listeners = new Set<ChangeListener>();
  readonly #nextRead = new Map<string, number>();
  readonly #signOfLife: SignOfLife;
  #leaveEndpoints: () => void = () => undefined;

  constructor(
    cluster: Cluster,
    private readonly endpoints: WatchedEndpoints,
  ) {
    this.#signOfLife = new SignOfLife(cluster);
    const options = { pick: slim, index: routeLabelOf, times: TIMES };
    this.virtualServices = new Reflector(cluster, resourceOf('VirtualService'), options);
    this.destinationRules = new Reflector(cluster, resourceOf('DestinationRule'), options);
    for (const reflector of [this.virtualServices, this.destinationRules]) {
      reflector.subscribe((event) => {
        const isRemoved = event.type === 'removed';
        if (this.#writes.isOurs(event.object, isRemoved) || (!isRemoved && isSameAsBefore(event))) return;
        this.#tell(routesOfObject(event, this.#ours()));
      });
    }
    this.endpoints.subscribe((event) => this.#tell(routesOfSlice(event, this.#ours())));
  }

  /** Calls for each route that a change may matter to; answers the way to stop. */
  changes(listener: ChangeListener): () => void {
    if (this.#listeners.size === 0) this.#leaveEndpoints = this.endpoints.use();
    this.#listeners.add(listener);
    for (const reflector of this.#reflectors()) reflector.start();
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
      this.#leaveEndpoints();
      for (const reflector of this.#reflectors()) void reflector.stop();
    };
  }

  /**
   * Reads what is known here, or null where the API server must be asked: nothing is watched, a watch is broken, a
   * write of ours to the route has not come back yet, or the route has not been read there for long. Where watches have
   * just begun it waits for their first lists. Rejects where the API server gives no sign of life.
   */
  async reader(owner: Pick<RouteOwner, 'environment' | 'route'>): Promise<ObjectReader | null> {
    const name = ownerName(owner);
    if (this.#listeners.size === 0) return null;
    await Promise.all([this.virtualServices.tried, this.destinationRules.tried, this.endpoints.tried]);
    if (!this.#isFresh || this.#writes.isPending(name) || this.#isDue(name)) return null;
    await this.#signOfLife.seen();
    return { list: (kind, scope) => this.#list(kind, scope), get: (wanted) => this.#get(wanted) };
  }

  /**
   * All objects of a kind with these labels, or with any, in all namespaces, as they are with what we have written, or
   * null where the API server must be asked.
   */
  everywhere(kind: MeshKind, labels?: string): readonly MeshObject[] | null {
    if (!this.#isFresh) return null;
    const isWanted = selecting({ labels });
    return this.#writes.over(this.#of(kind).list(), kind).filter(isWanted);
  }

  /** `object` was written by us, and stands in this version now; null where it was removed. */
  wrote(object: MeshObject, version: string | null): void {
    const { name, namespace } = object.metadata;
    this.#writes.note(object, version, this.#of(object.kind).get(namespace, name));
  }

  get #isFresh(): boolean {
    return this.virtualServices.fresh && this.destinationRules.fresh;
  }

  #reflectors(): readonly Reflector<MeshObject>[] {
    return [this.virtualServices, this.destinationRules];
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

  async #list(kind: MeshKind, scope: ListScope = {}): Promise<readonly MeshObject[]> {
    const [, route] = pairsOf(scope).find(([label]) => label === ROUTE_LABEL) ?? [];
    const reflector = this.#of(kind);
    const among = route === undefined ? reflector.list() : reflector.listAt(route);
    return among.filter(selecting(scope));
  }

  async #get({ kind, metadata }: MeshObject): Promise<MeshObject | null> {
    return this.#of(kind).get(metadata.namespace, metadata.name) ?? null;
  }

  /** Not at the first look, which what was listed or watched since answers; and not all at one moment, though all begin at one. */
  #isDue(name: string): boolean {
    const now = Date.now();
    const next = this.#nextRead.get(name);
    if (next !== undefined && now < next) return false;
    this.#nextRead.set(name, now + NET * (1 - Math.random() / 2));
    return next !== undefined;
  }
}

function pairsOf({ labels }: ListScope): readonly (readonly [string, string])[] {
  return (labels?.split(',') ?? []).map((pair) => {
    const [label = '', value = ''] = pair.split('=');
    return [label, value];
  });
}

/** As the API server selects by a scope. */
function selecting(scope: ListScope): (object: MeshObject) => boolean {
  const pairs = pairsOf(scope);
  return ({ metadata: { namespace, labels } }) =>
    (scope.namespace === undefined || namespace === scope.namespace) &&
    pairs.every(([label, value]) => labels?.[label] === value);
}

function routeLabelOf({ metadata: { labels } }: MeshObject): string | undefined {
  return labels?.[ROUTE_LABEL];
}

interface Managed {
  readonly managedFields?: readonly { readonly fieldsV1?: unknown }[];
}

/** Who last set fields of an object is asked of ours alone, and of which fields never: that is half of what an object weighs. */
function slim(object: MeshObject): MeshObject {
  const { managedFields = [], ...metadata } = object.metadata as MeshObject['metadata'] & Managed;
  if (ownerNameOf(object) === null) return { ...object, metadata };
  const managers = managedFields.map(({ fieldsV1: _fieldsV1, ...manager }) => manager);
  return { ...object, metadata: { ...metadata, managedFields: managers } as MeshObject['metadata'] };
}
