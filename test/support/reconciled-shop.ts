import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Route } from '@tidegate/sdk/engine';
import { EmbeddedStore } from '../../src/adapters/store/embedded/embedded-store.js';
import { RouteReconciliation } from '../../src/control/route-reconciliation.js';
import { settingsSchema } from '../../src/domain/environment.js';
import { stateKey } from '../../src/domain/image.js';
import type { RouteStatus } from '../../src/domain/route-status.js';
import { CountedMesh } from './counted-mesh.js';
import { routeOf } from './image.js';

const ENVIRONMENT = 'production';

/** A store and a mesh with one route, `shop`, that one leader after the other reconciles. */
export class ReconciledShop {
  private leaders = 0;

  private constructor(
    private readonly folder: string,
    readonly store: EmbeddedStore,
    readonly mesh: CountedMesh,
  ) {}

  static async open(): Promise<ReconciledShop> {
    const folder = await mkdtemp(join(tmpdir(), 'tidegate-shop-'));
    const store = new EmbeddedStore({ path: join(folder, 'store') });
    await store.open();
    await store.createEnvironment(ENVIRONMENT, '', {
      edits: [{ kind: 'settings', key: 'environment', value: settingsSchema.parse({}) }],
      expected: { 'settings/environment': 0 },
      actor: 'token:test',
      reason: 'set up',
    });
    return new ReconciledShop(folder, store, new CountedMesh(join(folder, 'mesh')));
  }

  async close(): Promise<void> {
    await this.store.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A process that knows nothing of those before it takes the lease over. */
  async newLeader(): Promise<RouteReconciliation> {
    if (this.leaders > 0) await this.store.releaseLease(ENVIRONMENT, 'control', `leader ${this.leaders}`);
    this.leaders += 1;
    const token = await this.store.acquireLease(ENVIRONMENT, 'control', `leader ${this.leaders}`, 60_000);
    if (token === null) throw new Error('the lease is held');
    const lease = { name: 'control', token };
    const term = { environment: ENVIRONMENT, lease, signal: new AbortController().signal };
    return new RouteReconciliation(this.store, this.mesh, term);
  }

  /** Writes the route; null removes it, as the API does. */
  async set(route: Partial<Route> | null): Promise<void> {
    const { documents } = await this.store.image(ENVIRONMENT);
    const releasing = { ...(await this.status()), phase: 'releasing' };
    await this.store.commit(ENVIRONMENT, {
      edits: [
        route === null ? { kind: 'route', key: 'shop', value: null } : routeOf({ key: 'shop', ...route }),
      ],
      ...(route === null && { state: [{ key: stateKey.route('shop'), value: releasing }] }),
      expected: { 'route/shop': documents.get('route', 'shop')?.revision ?? 0 },
      actor: 'token:test',
      reason: 'set',
    });
  }

  async status(): Promise<RouteStatus> {
    return (await this.state(stateKey.route('shop'))) as RouteStatus;
  }

  async state(key: string): Promise<unknown> {
    return (await this.store.image(ENVIRONMENT)).states.get(key)?.value;
  }

  /** The YAML that stands in the mesh. */
  written(): Promise<string> {
    return readFile(join(this.folder, 'mesh', `${ENVIRONMENT}.shop.yaml`), 'utf8');
  }
}
