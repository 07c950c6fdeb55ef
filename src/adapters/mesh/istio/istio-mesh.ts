import { setTimeout as sleep } from 'node:timers/promises';
import type { Route } from '@tidegate/sdk/engine';
import { Cluster } from '../../../cluster/cluster.js';
import { clusterFailure, statusOf } from '../../../cluster/cluster-failure.js';
import type { RouteTable } from '../../../domain/route-table.js';
import { Mesh } from '../../../ports/mesh.js';
import type { MeshView, RouteOwner } from '../../../ports/mesh.js';
import { newClaims, requireFree } from '../istio-objects/claimed-hosts.js';
import { isSameObject, MANAGED_BY, ROUTE_LABEL } from '../istio-objects/mesh-object.js';
import type { MeshObject } from '../istio-objects/mesh-object.js';
import {
  ownerName,
  ownerNameOf,
  ownersOf,
  requireNotNewer,
  requireOwned,
  revisionOf,
} from '../istio-objects/ownership.js';
import { routeObjects } from '../istio-objects/route-objects.js';
import { areSame } from '../istio-objects/same-content.js';
import { unchangedEntries } from '../istio-objects/unchanged-entries.js';
import { IstioObjectsApi } from './istio-objects-api.js';
import { readyEndpoints } from './ready-endpoints.js';
import { writeOrder } from './write-order.js';
import type { Step } from './write-order.js';

export interface IstioMeshOptions {
  /** The connection to use; default one of its own, to the cluster of `kubeconfig`. */
  readonly cluster?: Cluster | undefined;
  /** Path of a kubeconfig file; without one, the service account of the pod that this process runs in. */
  readonly kubeconfig?: string | undefined;
  /** Wait between subsets and the routes that name them, in milliseconds; default 1000. */
  readonly settleMs?: number;
}

const OURS = `${MANAGED_BY.label}=${MANAGED_BY.value}`;

/** Somebody may write between our reading and our writing; then we read again, this often. */
const ATTEMPTS = 3;

/** Routes as VirtualServices and DestinationRules on a Kubernetes API server, in exclusive mode. */
export class IstioMesh extends Mesh {
  private readonly cluster: Cluster;

  constructor(private readonly options: IstioMeshOptions = {}) {
    super();
    this.cluster = options.cluster ?? new Cluster({ kubeconfig: options.kubeconfig });
  }

  async apply(table: RouteTable): Promise<void> {
    const wanted = routeObjects(table);
    await this.ask(async (cluster) => {
      const api = new IstioObjectsApi(cluster);
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.applyOnce(api, table, wanted);
        } catch (error) {
          if (statusOf(error) !== 409 || attempt === ATTEMPTS) throw error;
        }
      }
    });
  }

  async observe(route: Route, table: RouteTable): Promise<MeshView> {
    const wanted = routeObjects(table);
    return this.ask(async (cluster) => {
      const [standing, ready] = await Promise.all([
        standingObjects(new IstioObjectsApi(cluster), table, wanted),
        readyEndpoints(cluster, route),
      ]);
      const own = ownObjects(standing, table);
      const tokens = own.map(revisionOf);
      return {
        applied: tokens.find((token) => token !== table.revision) ?? tokens[0] ?? null,
        observed: areSame(own, wanted),
        unchanged: unchangedEntries(own, wanted),
        ready,
      };
    });
  }

  async release(owner: RouteOwner): Promise<void> {
    await this.ask(async (cluster) => {
      const api = new IstioObjectsApi(cluster);
      await this.run(
        api,
        writeOrder(ownObjects(await routeLabelled(api, owner, owner.namespace), owner), []),
      );
    });
  }

  async owners(): Promise<readonly RouteOwner[]> {
    return this.ask(async (cluster) =>
      ownersOf(await listBoth(new IstioObjectsApi(cluster), { labels: OURS })),
    );
  }

  private async applyOnce(
    api: IstioObjectsApi,
    table: RouteTable,
    wanted: readonly MeshObject[],
  ): Promise<void> {
    const standing = await standingObjects(api, table, wanted);
    const occupants = standing.filter((object) => wanted.some((other) => isSameObject(object, other)));
    for (const occupant of occupants) requireOwned(occupant, table);
    const own = ownObjects(standing, table);
    for (const object of own) requireNotNewer(object, table);
    const steps = writeOrder(own, wanted);
    if (steps.length === 0) return;
    const claims = newClaims(wanted, own);
    if (claims.size > 0) {
      const all = await api.list('VirtualService');
      requireFree(
        claims,
        all.filter((object) => ownerNameOf(object) !== ownerName(table)),
      );
    }
    for (const step of steps) await rehearse(api, step);
    await this.run(api, steps);
  }

  private async run(api: IstioObjectsApi, steps: readonly Step[]): Promise<void> {
    // An object that is written twice stands the second time as the first left it.
    const written: MeshObject[] = [];
    for (const step of steps) {
      if (step.act === 'settle') await sleep(this.options.settleMs ?? 1_000);
      else if (step.act === 'delete') await api.delete(step.standing);
      else {
        const before = written.findLast((object) => isSameObject(object, step.object)) ?? step.standing;
        written.push(await write(api, step.object, before));
      }
    }
  }

  private async ask<T>(work: (cluster: Cluster) => Promise<T>): Promise<T> {
    try {
      return await work(this.cluster);
    } catch (error) {
      throw clusterFailure(error);
    }
  }
}

function ownObjects(
  objects: readonly MeshObject[],
  owner: Pick<RouteOwner, 'environment' | 'route'>,
): readonly MeshObject[] {
  return objects.filter((object) => ownerNameOf(object) === ownerName(owner));
}

async function listBoth(
  api: IstioObjectsApi,
  scope: Parameters<IstioObjectsApi['list']>[1],
): Promise<readonly MeshObject[]> {
  const lists = await Promise.all([api.list('DestinationRule', scope), api.list('VirtualService', scope)]);
  return lists.flat();
}

/** All objects labelled as of routes of this key, in one namespace or in all; of any environment. */
function routeLabelled(
  api: IstioObjectsApi,
  { route }: Pick<RouteOwner, 'route'>,
  namespace?: string,
): Promise<readonly MeshObject[]> {
  return listBoth(api, { namespace, labels: `${OURS},${ROUTE_LABEL}=${route}` });
}

/**
 * What stands with the route's label, and whatever stands under the names that the route's objects need. Where one of those is
 * missing, the route may be moving from another namespace, so all of them are searched.
 */
async function standingObjects(
  api: IstioObjectsApi,
  table: RouteTable,
  wanted: readonly MeshObject[],
): Promise<readonly MeshObject[]> {
  const beside = await routeLabelled(api, table, table.namespace);
  const isMissing = (object: MeshObject) => !beside.some((other) => isSameObject(object, other));
  const missing = wanted.filter(isMissing);
  if (missing.length === 0) return beside;
  const [ours, ...others] = await Promise.all([
    routeLabelled(api, table),
    ...missing.map((object) => api.get(object)),
  ]);
  return [...ours, ...others.filter((object) => object !== null)];
}

function over(object: MeshObject, standing: MeshObject | null): MeshObject {
  const resourceVersion = standing?.metadata.resourceVersion;
  return resourceVersion === undefined
    ? object
    : { ...object, metadata: { ...object.metadata, resourceVersion } };
}

async function rehearse(api: IstioObjectsApi, step: Step): Promise<void> {
  if (step.act !== 'apply') return;
  await api.apply(over(step.object, step.standing), { dryRun: true, force: step.standing !== null });
}

/**
 * An object that says it is ours is wholly ours, so its fields are taken from whoever changed them; where nothing of
 * ours stands, nothing is.
 */
async function write(
  api: IstioObjectsApi,
  object: MeshObject,
  standing: MeshObject | null,
): Promise<MeshObject> {
  const added = Object.keys(standing?.spec ?? {}).filter((field) => !(field in (object.spec ?? {})));
  const before = standing !== null && added.length > 0 ? await api.removeFields(standing, added) : standing;
  return api.apply(over(object, before), { force: before !== null });
}
