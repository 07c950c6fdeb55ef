import type { Route } from '@tidegate/sdk/engine';
import type { EdgeSetup } from '../domain/edge-setup.js';
import type { RouteConfirmation, RouteObservation } from '../domain/route-status.js';
import type { RouteTable } from '../domain/route-table.js';

/** Puts route tables into a mesh. Two adapters: Istio, and files (the same YAML in a folder). */
export abstract class Mesh {
  /**
   * Makes the mesh obey `table`: dry run first, subsets before routes, nothing written where nothing changed. Rejects
   * with MESH_UNAVAILABLE, MESH_REFUSED (the words of the API server or webhook), HOST_TAKEN (an object that isn't ours
   * stands there), STALE_REVISION (a newer table of the same epoch stands there). Once `overtaken` is aborted it begins
   * no write and waits for no proxy any more, and resolves with the rest unwritten: a later call goes on from there.
   * Nothing is written before `announce` has ended, and where somebody else has written meanwhile nothing before it has
   * ended once more; what that rejects with, it rejects with.
   */
  abstract apply(table: RouteTable, writing?: Writing): Promise<void>;
  /** What stands in the mesh for this route, how far it is `table`, and which versions have ready endpoints. MESH_UNAVAILABLE. */
  abstract observe(route: Route, table: RouteTable): Promise<MeshView>;
  /**
   * Removes our objects of a deleted route wherever they stand, routes before subsets. Idempotent. Where subsets must
   * stay until requests under way have ended, or delegates until no root names them, answers in how many ms to call again.
   */
  abstract release(owner: RouteOwner, releasing?: Releasing): Promise<number | void>;
  /** Owners of all objects of ours in the mesh, so that orphans can be reported. */
  abstract owners(): Promise<readonly RouteOwner[]>;

  /**
   * Shows, rehearses, writes or removes what makes a gateway ask the edge. Rejects with MESH_UNAVAILABLE, MESH_REFUSED,
   * HOST_TAKEN (an object that isn't ours stands there; nothing is written then).
   */
  abstract edge(act: EdgeAct, setup: EdgeSetup): Promise<EdgeView>;

  /**
   * Calls for each route that something may have happened to in the mesh: an edit of somebody else, endpoints that came
   * or went. Answers the way to stop. An adapter that watches nothing never calls.
   */
  changes(_listener: (owner: RouteOwner) => void): () => void {
    return () => undefined;
  }
}

/** What goes on beside the writing of a table. */
export interface Writing {
  /** Aborted when a newer table is wanted, or by somebody else. */
  readonly overtaken?: AbortSignal;
  /** Tells the store what may stand from now on. */
  readonly announce?: () => Promise<void>;
}

/** What is known of a deleted route. */
export interface Releasing {
  /** The version that its traffic returned to: there its delegates send everybody for as long as a root names them. */
  readonly home?: string | undefined;
}

/**
 * How many of a table's first entries stand in the mesh already, word for word, by place of traffic: to these the same
 * requests go with the table as without it. 0 where nothing of ours stands.
 */
export interface UnchangedEntries {
  readonly gateway: number;
  readonly mesh: number;
  /** Of each audience's own entries, by segment. */
  readonly audiences?: { readonly [segment: string]: number };
}

/** What an adapter saw of a route, held against the table that is wanted. */
export interface MeshView extends RouteObservation {
  readonly unchanged: UnchangedEntries;
  /** How far the proxies have what stands; absent where that isn't `table`, or the adapter knows no proxies. */
  readonly confirmed?: RouteConfirmation;
  /** Why a version has no ready endpoints, as a sentence; absent where each has some, or it isn't known. */
  readonly unready?: string;
  /** What somebody else has made of it; absent where nobody did, or where it can't be known. */
  readonly drift?: MeshDrift | undefined;
}

/** An object of ours that somebody else has changed or removed. */
export interface MeshDrift {
  /** `VirtualService shop/tg-checkout-gw` */
  readonly object: string;
  readonly act: 'changed' | 'removed';
  /** The field manager who did; null where none is noted: of a removal, of an edit that only takes away, of a webhook. */
  readonly manager: string | null;
}

/** Whose objects: annotation `tidegate.io/owner: <environment>/<route>`. `namespace` is where they live. */
export interface RouteOwner {
  readonly environment: string;
  readonly route: string;
  readonly namespace: string;
}

/** `rehearse-remove` writes nothing either, and shows what stands. */
export type EdgeAct = 'show' | 'rehearse' | 'apply' | 'rehearse-remove' | 'remove';

/** What makes a gateway ask the edge: as YAML, and object by object how far it stands. */
export interface EdgeView {
  readonly yaml: string;
  readonly objects: readonly {
    readonly name: string;
    /** `surplus`: ours, and not wanted any more. */
    readonly state: 'stands' | 'differs' | 'missing' | 'surplus' | 'foreign';
  }[];
}
