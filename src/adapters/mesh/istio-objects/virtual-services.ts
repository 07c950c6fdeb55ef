import type { RouteTable } from '../../../domain/route-table.js';
import { delegates } from './delegates.js';
import { httpRoutes } from './http-routes.js';
import { meshObject } from './mesh-object.js';
import type { MeshObject } from './mesh-object.js';

interface Binding {
  readonly gateways: string[];
  readonly hosts: readonly string[];
}

/** Gateways with the same hosts share an object: one object binds each of its hosts at each of its gateways. */
function bindings(table: RouteTable): readonly Binding[] {
  const byHosts = new Map<string, Binding>();
  for (const { name, hosts } of table.gateways) {
    const key = [...hosts].sort().join(' ');
    const known = byHosts.get(key);
    if (known) known.gateways.push(name);
    else byHosts.set(key, { gateways: [name], hosts });
  }
  return [...byHosts.values()];
}

function gatewayServices(table: RouteTable): readonly MeshObject[] {
  if (table.gateway === null) return [];
  const target = { host: table.service, port: { number: table.port }, owner: table };
  const http = httpRoutes(table.gateway, target);
  return bindings(table).map(({ gateways, hosts }, index) => {
    const name = `tg-${table.route}-gw${index === 0 ? '' : `-${index + 1}`}`;
    return meshObject(table, 'VirtualService', name, { hosts, gateways, http });
  });
}

/** No port in its destinations: a call to any port of the Service keeps that port. */
function meshService(table: RouteTable): readonly MeshObject[] {
  if (table.mesh === null) return [];
  const http = httpRoutes(table.mesh, { host: table.service, port: undefined, owner: table });
  const spec = { hosts: [table.service], gateways: ['mesh'], http };
  return [meshObject(table, 'VirtualService', `tg-${table.route}-mesh`, spec)];
}

/**
 * `tg-<route>-gw`, further ones (`-gw-2` …) for gateways with other hosts, and `tg-<route>-mesh`; or the delegates, where
 * somebody else's root binds the hosts.
 */
export function virtualServices(table: RouteTable): readonly MeshObject[] {
  if (table.audiences !== undefined) return delegates(table);
  return [...gatewayServices(table), ...meshService(table)];
}
