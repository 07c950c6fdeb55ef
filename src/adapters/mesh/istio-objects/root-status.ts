import type { RouteRoot } from '../../../domain/route-status.js';
import type { RouteTable } from '../../../domain/route-table.js';
import { isDelegate } from './delegates.js';
import type { MeshObject } from './mesh-object.js';
import type { Surroundings } from './placed-objects.js';
import { rootConflicts } from './root-conflicts.js';
import { rootRivals } from './root-rivals.js';
import { rootsOf } from './roots.js';

/** What is seen of the roots of a route's delegates; `wanted` is what the table becomes. */
export function rootOf(
  table: RouteTable,
  { own, others }: Surroundings,
  wanted: readonly MeshObject[],
): RouteRoot {
  const { names, missing } = rootsOf(table, others);
  const conflicts = rootConflicts(wanted, others);
  const taken = rootRivals(table, others);
  return {
    names,
    missing,
    ...(taken.length > 0 && { taken }),
    ...(conflicts.length > 0 && { conflicts }),
    standIn: own.some((one) => one.kind === 'VirtualService' && !isDelegate(one)),
  };
}
