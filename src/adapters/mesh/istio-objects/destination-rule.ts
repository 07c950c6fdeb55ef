import type { RouteTable } from '../../../domain/route-table.js';
import { meshObject } from './mesh-object.js';
import type { MeshObject } from './mesh-object.js';

/** Name of a version's subset. */
export function subsetOf(version: string): string {
  return `tg-${version}`;
}

/** The subsets of a route's versions; no traffic policy of our own. */
export function destinationRule(table: RouteTable): MeshObject {
  const subsets = Object.entries(table.versions).map(([version, labels]) => ({
    name: subsetOf(version),
    labels,
  }));
  return meshObject(table, 'DestinationRule', `tg-${table.route}`, { host: table.service, subsets });
}
