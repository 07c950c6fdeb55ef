import type { RouteRoot } from '../../../domain/route-status.js';
import type { RouteTable } from '../../../domain/route-table.js';
import { isDelegate } from './delegates.js';
import type { Surroundings } from './placed-objects.js';
import { rootsOf } from './roots.js';

/** What is seen of the roots of a route's delegates. */
export function rootOf(table: RouteTable, { own, others }: Surroundings): RouteRoot {
  const { names, missing } = rootsOf(table, others);
  return { names, missing, standIn: own.some((one) => one.kind === 'VirtualService' && !isDelegate(one)) };
}
