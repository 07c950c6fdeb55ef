import type { RouteTable } from '../../../domain/route-table.js';
import { destinationRule } from './destination-rule.js';
import type { MeshObject } from './mesh-object.js';
import { virtualServices } from './virtual-services.js';

/** The Istio objects of a route in exclusive mode, subsets first. */
export function routeObjects(table: RouteTable): readonly MeshObject[] {
  return [destinationRule(table), ...virtualServices(table)];
}
