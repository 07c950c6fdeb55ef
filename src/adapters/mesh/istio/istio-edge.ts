import type { EdgeSetup } from '../../../domain/edge-setup.js';
import type { EdgeAct, EdgeView } from '../../../ports/mesh.js';
import { allEdgeObjects, edgeObjects, edgeView, requireEdgeOwned } from '../istio-objects/edge-objects.js';
import { isSameObject, type MeshObject } from '../istio-objects/mesh-object.js';
import { saysTheSame } from '../istio-objects/same-content.js';
import type { IstioObjectsApi } from './istio-objects-api.js';

function over(object: MeshObject, standing: MeshObject | undefined): MeshObject {
  const resourceVersion = standing?.metadata.resourceVersion;
  return resourceVersion === undefined
    ? object
    : { ...object, metadata: { ...object.metadata, resourceVersion } };
}

/** Shows, rehearses, writes or removes the objects of a gateway. All are rehearsed before the first is written. */
export async function actOnEdge(api: IstioObjectsApi, act: EdgeAct, setup: EdgeSetup): Promise<EdgeView> {
  const wanted = edgeObjects(setup);
  const places = allEdgeObjects(setup);
  const found = await Promise.all(places.map((object) => api.get(object)));
  const standing = found.filter((object) => object !== null);
  if (act === 'show') return edgeView(setup, standing);
  requireEdgeOwned(standing, setup);
  if (act === 'rehearse-remove') return edgeView(setup, standing);
  const gone = act === 'remove' ? standing : standing.filter((one) => !isIn(wanted, one));
  const due = act === 'remove' ? [] : wanted.filter((one) => !standing.some((two) => saysIt(two, one)));
  for (const object of due) await write(api, object, standing, true);
  if (act === 'rehearse') return edgeView(setup, standing);
  for (const object of due) await write(api, object, standing, false);
  // The policy first, so that the gateway stops asking before what keeps the answer safe is gone.
  for (const object of gone.toReversed()) await api.delete(object);
  return edgeView(setup, act === 'remove' ? [] : wanted);
}

async function write(
  api: IstioObjectsApi,
  object: MeshObject,
  standing: readonly MeshObject[],
  dryRun: boolean,
): Promise<void> {
  const before = standing.find((other) => isSameObject(other, object));
  await api.apply(over(object, before), { dryRun, force: before !== undefined });
}

function isIn(objects: readonly MeshObject[], object: MeshObject): boolean {
  return objects.some((other) => isSameObject(other, object));
}

function saysIt(standing: MeshObject, object: MeshObject): boolean {
  return isSameObject(standing, object) && saysTheSame(standing, object);
}
