import { mkdtemp, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments, stringify } from 'yaml';
import { FilesMesh } from '../../src/adapters/mesh/files/files-mesh.js';
import { describeMesh } from './mesh.contract.js';
import type { MeshHarness } from './mesh-harness.js';
import { checkoutRoute, tableOf } from './route-tables.js';

interface Written {
  kind: string;
  metadata: { name: string; annotations: Record<string, string>; labels: Record<string, string> };
  spec: Record<string, unknown>;
}

async function documentsOf(path: string): Promise<Written[]> {
  return [...parseAllDocuments(await readFile(path, 'utf8'))].map((document) => document.toJS() as Written);
}

async function harness(): Promise<MeshHarness & { folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-mesh-'));
  const own = join(folder, 'production.checkout.yaml');
  const files = async () => (await readdir(folder)).sort().map((name) => join(folder, name));
  const rewrite = async (change: (object: Written) => Written[]) => {
    const objects = (await documentsOf(own)).flatMap(change);
    await writeFile(own, objects.map((object) => stringify(object)).join('---\n'));
  };
  return {
    folder,
    mesh: new FilesMesh(folder),
    seesRoots: false,
    objects: async () => {
      const found = await Promise.all(
        (await files()).map(async (path) => {
          const { mtimeNs, ino } = await stat(path, { bigint: true });
          const version = `${ino}@${mtimeNs}`;
          return (await documentsOf(path)).map(({ kind, metadata, spec }) => ({
            kind,
            name: metadata.name,
            annotations: metadata.annotations,
            labels: metadata.labels,
            spec,
            version,
          }));
        }),
      );
      return found.flat();
    },
    edit: (kind, name, spec) =>
      rewrite((object) => [
        object.kind === kind && object.metadata.name === name ? { ...object, spec } : object,
      ]),
    remove: async (kind, name) => {
      if (!name.startsWith('tg-')) return unlink(join(folder, `${name}.yaml`));
      return rewrite((object) => (object.kind === kind && object.metadata.name === name ? [] : [object]));
    },
    put: async ({ kind, name, annotations, spec }) => {
      const metadata = { name, namespace: 'shop', annotations };
      const text = stringify({ apiVersion: 'networking.istio.io/v1', kind, metadata, spec });
      await writeFile(name === 'tg-checkout' ? own : join(folder, `${name}.yaml`), text);
    },
    stop: () => rm(folder, { recursive: true }),
  };
}

describeMesh('the files mesh', harness);

describe('the folder of the files mesh', () => {
  it('holds one file a route, named after environment and route, and no draft', async () => {
    const { folder, mesh, stop } = await harness();
    await mesh.apply(tableOf(checkoutRoute()));
    await mesh.apply(tableOf(checkoutRoute(), { revision: 8 }));
    expect(await readdir(folder)).toEqual(['production.checkout.yaml']);
    await stop();
  });

  it('is made with the first write', async () => {
    const { folder, stop } = await harness();
    const mesh = new FilesMesh(join(folder, 'deep', 'down'));
    expect(await mesh.owners()).toEqual([]);
    await mesh.apply(tableOf(checkoutRoute()));
    expect(await readdir(join(folder, 'deep', 'down'))).toEqual(['production.checkout.yaml']);
    await stop();
  });

  it('says that it does not know which versions are ready', async () => {
    const { mesh, stop } = await harness();
    const route = checkoutRoute();
    const { ready } = await mesh.observe(route, tableOf(route));
    expect(ready).toEqual({ v1: 'unknown', v2: 'unknown' });
    await stop();
  });

  it('repairs a file that an edit has broken, because it still says whose it is', async () => {
    const { folder, mesh, stop } = await harness();
    const path = join(folder, 'production.checkout.yaml');
    await mesh.apply(tableOf(checkoutRoute()));
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('hosts:', 'hosts: ['));
    await mesh.apply(tableOf(checkoutRoute()));
    expect(await readFile(path, 'utf8')).toBe(text);
    await stop();
  });

  it('removes the file of a route that moved, whichever of the two namespaces is told', async () => {
    const { folder, mesh, stop } = await harness();
    await mesh.apply(tableOf(checkoutRoute({ service: 'checkout.elsewhere.svc.cluster.local' })));
    await mesh.release({ environment: 'production', route: 'checkout', namespace: 'shop' });
    expect(await readdir(folder)).toEqual([]);
    await stop();
  });

  it('leaves a file of that name alone that holds nothing of the route', async () => {
    const { folder, mesh, stop } = await harness();
    const path = join(folder, 'production.checkout.yaml');
    await writeFile(path, 'just: notes\n');
    await expect(mesh.apply(tableOf(checkoutRoute()))).rejects.toMatchObject({ code: 'HOST_TAKEN' });
    expect(await readFile(path, 'utf8')).toBe('just: notes\n');
    await stop();
  });

  it('that is a file makes the mesh unavailable', async () => {
    const { folder, mesh, stop } = await harness();
    await mesh.apply(tableOf(checkoutRoute()));
    const path = join(folder, 'production.checkout.yaml');
    const blocked = new FilesMesh(path);
    await expect(blocked.apply(tableOf(checkoutRoute()))).rejects.toMatchObject({ code: 'MESH_UNAVAILABLE' });
    await expect(blocked.owners()).rejects.toMatchObject({ code: 'MESH_UNAVAILABLE' });
    await unlink(path);
    await stop();
  });
});
