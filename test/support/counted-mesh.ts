import type { Route } from '@tidegate/sdk/engine';
import { FilesMesh } from '../../src/adapters/mesh/files/files-mesh.js';
import { Problem } from '../../src/domain/problem.js';
import type { RouteObservation } from '../../src/domain/route-status.js';
import type { RouteTable } from '../../src/domain/route-table.js';
import type { MeshView, Releasing, RouteOwner, Writing } from '../../src/ports/mesh.js';

/** The files mesh, with endpoints that a test counts, and an API server that a test can stop. */
export class CountedMesh extends FilesMesh {
  ready: RouteObservation['ready'] = { v1: 1, v2: 1 };
  down = false;
  /** Who changes the table back after each write; empty: somebody whom nobody knows. */
  rival: string | null = null;
  applied = 0;
  /** Whether who applies a table dies as soon as it is written. */
  diesAfterWrite = false;
  readonly released: (Releasing | undefined)[] = [];

  override async observe(route: Route, table: RouteTable): Promise<MeshView> {
    if (this.down) throw new Problem('MESH_UNAVAILABLE', 'The API server can’t be reached.');
    const view = { ...(await super.observe(route, table)), ready: this.ready };
    if (this.rival === null || this.applied === 0) return view;
    return {
      ...view,
      observed: false,
      drift: { object: 'VirtualService shop/tg-shop-mesh', act: 'changed', manager: this.rival || null },
    };
  }

  override async apply(table: RouteTable, writing?: Writing): Promise<void> {
    this.applied += 1;
    await super.apply(table, writing);
    if (this.diesAfterWrite) throw new Error('died');
  }

  override async release(owner: RouteOwner, releasing?: Releasing): Promise<void> {
    this.released.push(releasing);
    await super.release(owner, releasing);
  }
}
