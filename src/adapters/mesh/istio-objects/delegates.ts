import type { RouteTable } from '../../../domain/route-table.js';
import { httpRoutes } from './http-routes.js';
import { meshObject, ROUTE_LABEL } from './mesh-object.js';
import type { MeshObject } from './mesh-object.js';

/** Where the requests of a delegate come from: a gateway, of one audience or of all others; or the mesh. */
export type DelegateRole = { readonly audience: string } | 'gateway' | 'mesh';

/** `tg-<route>` at gateways, `tg-<route>-<segment>` for an audience there, `tg-<route>-inside` in the mesh. */
export function delegateName(route: string, role: DelegateRole): string {
  if (role === 'gateway') return `tg-${route}`;
  return role === 'mesh' ? `tg-${route}-inside` : `tg-${route}-${role.audience}`;
}

/** An object without hosts of its own: only a root that names it sends it anything. */
export function isDelegate({ kind, spec }: MeshObject): boolean {
  const hosts = spec?.['hosts'];
  return kind === 'VirtualService' && !(Array.isArray(hosts) && hosts.length > 0);
}

/** What a delegate of ours is for, by its name. */
export function roleOf({ metadata: { name, labels } }: MeshObject): DelegateRole {
  const route = labels?.[ROUTE_LABEL] ?? '';
  if (name === delegateName(route, 'gateway')) return 'gateway';
  if (name === delegateName(route, 'mesh')) return 'mesh';
  return { audience: name.slice(`tg-${route}-`.length) };
}

/** The delegates of a route whose hosts somebody else's root binds; no claims in them, which istiod refuses there. */
export function delegates(table: RouteTable): readonly MeshObject[] {
  const { route, service: host, port, gateway, mesh, audiences = [] } = table;
  const target = { host, port: { number: port }, owner: table };
  const object = (role: DelegateRole, http: readonly unknown[]): MeshObject =>
    meshObject(table, 'VirtualService', delegateName(route, role), { http });
  return [
    ...audiences.map(({ segment, entries }) => object({ audience: segment }, httpRoutes(entries, target))),
    ...(gateway === null ? [] : [object('gateway', httpRoutes(gateway, target))]),
    ...(mesh === null ? [] : [object('mesh', httpRoutes(mesh, { ...target, port: undefined }))]),
  ];
}
