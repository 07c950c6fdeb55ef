import { mkdir, unlink } from 'node:fs/promises';
import type { Route } from '@tidegate/sdk/engine';
import { Problem } from '../../../domain/problem.js';
import type { EdgeSetup } from '../../../domain/edge-setup.js';
import type { RouteTable } from '../../../domain/route-table.js';
import { Mesh } from '../../../ports/mesh.js';
import type { EdgeAct, EdgeView, MeshView, Releasing, RouteOwner, Writing } from '../../../ports/mesh.js';
import { newClaims, requireFree } from '../istio-objects/claimed-hosts.js';
import { edgeObjects, edgeView, requireEdgeOwned } from '../istio-objects/edge-objects.js';
import { isDelegate } from '../istio-objects/delegates.js';
import type { MeshObject } from '../istio-objects/mesh-object.js';
import {
  ownerName,
  ownerNameOf,
  ownersOf,
  requireNotNewer,
  requireOwned,
  revisionOf,
} from '../istio-objects/ownership.js';
import { everyDelegateReleased, placedObjects } from '../istio-objects/placed-objects.js';
import { areSame } from '../istio-objects/same-content.js';
import { unchangedEntries } from '../istio-objects/unchanged-entries.js';
import { yamlOf } from '../istio-objects/yaml-text.js';
import { readFolder, readText, replaceText, unlessMissing } from './folder.js';
import { ParsedTexts } from './parsed-texts.js';

/**
 * The Istio objects of each route as one file, `<environment>.<route>.yaml`, in a folder: for GitOps, and where there is
 * no cluster. It sees no endpoints, so every version's readiness is `'unknown'`, and not the roots that live elsewhere, so it
 * says nothing of them and leaves the delegates of a deleted route, all to the old version: who removes the root removes the file.
 */
export class FilesMesh extends Mesh {
  readonly #parsed = new ParsedTexts();

  /** `folder` is made when first written to. */
  constructor(private readonly folder: string) {
    super();
  }

  async apply(table: RouteTable, { announce }: Writing = {}): Promise<void> {
    const name = fileOf(table);
    const standing = await this.read(name);
    if (standing !== null) requireOurs(standing, table, name);
    const own = (standing ?? []).filter((object) => ownerNameOf(object) === ownerName(table));
    const others = await this.others(name);
    const wanted = placedObjects(table, { own, others });
    for (const object of own) requireNotNewer(object, table);
    if (standing !== null && areSame(standing, wanted)) return;
    requireFree(newClaims(wanted, own), others);
    await announce?.();
    await this.guarded(async () => {
      await mkdir(this.folder, { recursive: true });
      await replaceText(this.folder, name, yamlOf(wanted));
    });
  }

  async observe(route: Route, table: RouteTable): Promise<MeshView> {
    const standing = (await this.read(fileOf(table))) ?? [];
    const own = standing.filter((object) => ownerNameOf(object) === ownerName(table));
    const others =
      table.audiences === undefined && !own.some(isDelegate) ? [] : await this.others(fileOf(table));
    const wanted = placedObjects(table, { own, others });
    const [first] = own;
    return {
      applied: first ? revisionOf(first) : null,
      observed: areSame(standing, wanted),
      unchanged: unchangedEntries(own, wanted),
      ready: Object.fromEntries(Object.keys(route.versions).map((version) => [version, 'unknown' as const])),
    };
  }

  async release(owner: RouteOwner, { home }: Releasing = {}): Promise<void> {
    const name = fileOf(owner);
    const standing = (await this.read(name)) ?? [];
    const own = standing.filter((object) => ownerNameOf(object) === ownerName(owner));
    if (own.length === 0) return;
    const kept = everyDelegateReleased(own, home);
    if (kept.length === 0) {
      await this.guarded(() => unlessMissing(unlink(`${this.folder}/${name}`)));
      return;
    }
    const left = [...own.filter(({ kind }) => kind === 'DestinationRule'), ...kept];
    if (!areSame(standing, left)) await this.guarded(() => replaceText(this.folder, name, yamlOf(left)));
  }

  /** In a file of its own, `<environment>.edge.<name>.yaml`. */
  async edge(act: EdgeAct, setup: EdgeSetup): Promise<EdgeView> {
    const name = `${setup.environment}.edge.${setup.name}.yaml`;
    const standing = (await this.read(name)) ?? [];
    if (act === 'show') return edgeView(setup, standing);
    requireEdgeOwned(standing, setup);
    if (act === 'rehearse' || act === 'rehearse-remove') return edgeView(setup, standing);
    const wanted = edgeObjects(setup);
    await this.guarded(async () => {
      if (act === 'remove') return void (await unlessMissing(unlink(`${this.folder}/${name}`)));
      await mkdir(this.folder, { recursive: true });
      if (!areSame(standing, wanted)) await replaceText(this.folder, name, yamlOf(wanted));
    });
    return edgeView(setup, act === 'remove' ? [] : wanted);
  }

  async owners(): Promise<readonly RouteOwner[]> {
    return ownersOf(await this.others(''));
  }

  private read(name: string): Promise<readonly MeshObject[] | null> {
    return this.guarded(async () => {
      const text = await readText(this.folder, name);
      return text === null ? null : this.#parsed.objectsIn(text);
    });
  }

  /** The objects in all files of the folder but one. */
  private others(name: string): Promise<readonly MeshObject[]> {
    return this.guarded(async () => {
      const texts = await readFolder(this.folder, name);
      return texts.flatMap((text) => this.#parsed.objectsIn(text));
    });
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw new Problem(
        'MESH_UNAVAILABLE',
        `The folder ${this.folder} can't be used: ${(cause as Error).message}`,
        { cause },
      );
    }
  }
}

function fileOf({ environment, route }: Pick<RouteOwner, 'environment' | 'route'>): string {
  return `${environment}.${route}.yaml`;
}

function requireOurs(standing: readonly MeshObject[], table: RouteTable, name: string): void {
  const [first] = standing;
  if (standing.some((object) => ownerNameOf(object) === ownerName(table))) return;
  if (first) requireOwned(first, table);
  throw new Problem(
    'HOST_TAKEN',
    `The file ${name} holds nothing of route ${table.route}. Remove or rename it.`,
  );
}
