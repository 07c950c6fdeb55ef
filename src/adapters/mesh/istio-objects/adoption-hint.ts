import type { RouteTable } from '../../../domain/route-table.js';
import { claimsOf } from './claimed-hosts.js';
import { ADOPT_ANNOTATION, nameOf } from './mesh-object.js';
import type { MeshObject } from './mesh-object.js';
import { ownerName } from './ownership.js';
import { routeObjects } from './route-objects.js';

/** What is to be done so that an object which isn't ours is taken over by a route, as the end of a sentence. */
export function adoptionHint(object: MeshObject, table: RouteTable): string {
  const given = object.metadata.annotations?.[ADOPT_ANNOTATION];
  const wanted = ownerName(table);
  if (given === undefined)
    return `have ${nameOf(object)} taken over whole by the annotation ${ADOPT_ANNOTATION}: ${wanted}`;
  if (given !== wanted)
    return `correct its annotation ${ADOPT_ANNOTATION}, which names ${given} and must be ${wanted} for this route`;
  const ours = new Set(routeObjects(table).flatMap(claimsOf));
  const more = claimsOf(object).filter((claim) => !ours.has(claim));
  return `take from it what this route doesn't have (it also binds ${more.join(', ')}), as it is left alone until then in spite of its annotation ${ADOPT_ANNOTATION}`;
}
