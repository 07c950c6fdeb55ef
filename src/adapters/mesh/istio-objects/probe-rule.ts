import { createHash } from 'node:crypto';
import type { RouteTable } from '../../../domain/route-table.js';
import { isDelegate } from './delegates.js';
import type { MeshObject } from './mesh-object.js';

/**
 * A request with this header is answered by the gateway itself, with the revision of the table that it has, and a digest
 * of its rules: a version without endpoints changes these, and no revision.
 */
export const PROBE_HEADER = 'x-tg-probe';

interface HttpRule {
  readonly name?: string;
  readonly match?: unknown;
  readonly directResponse?: { readonly status: number; readonly body: { readonly string: string } };
}

const NAME = 'tidegate-probe';

/** The objects, where each that binds hosts at a gateway first answers the probe. */
export function withProbe(objects: readonly MeshObject[], { revision }: RouteTable): readonly MeshObject[] {
  return objects.map((object) => {
    if (!isAtGateway(object)) return object;
    const http = httpOf(object);
    const digest = createHash('sha256').update(JSON.stringify(http)).digest('hex').slice(0, 8);
    const rule: HttpRule = {
      name: NAME,
      match: [{ headers: { [PROBE_HEADER]: { exact: '1' } } }],
      directResponse: { status: 200, body: { string: `${revision} ${digest}` } },
    };
    return withHttp(object, [rule, ...http]);
  });
}

/** What a gateway is asked for, and answers once it has these objects: of each that answers a probe, its first host. */
export function probesOf(objects: readonly MeshObject[]): readonly { host: string; answer: string }[] {
  return objects.flatMap((object) => {
    const [first] = httpOf(object);
    const [host] = (object.spec?.['hosts'] ?? []) as readonly string[];
    const answer = first?.name === NAME ? first.directResponse?.body.string : undefined;
    return host === undefined || answer === undefined ? [] : [{ host, answer }];
  });
}

/** The objects as they are for all other requests. */
export function withoutProbe(objects: readonly MeshObject[]): readonly MeshObject[] {
  return objects.map((object) => {
    const http = httpOf(object);
    const [first] = http;
    return first?.name === NAME ? withHttp(object, http.slice(1)) : object;
  });
}

function isAtGateway(object: MeshObject): boolean {
  const gateways = object.spec?.['gateways'];
  return (
    object.kind === 'VirtualService' &&
    !isDelegate(object) &&
    Array.isArray(gateways) &&
    !gateways.includes('mesh')
  );
}

function httpOf({ spec }: MeshObject): readonly HttpRule[] {
  const http = spec?.['http'];
  return Array.isArray(http) ? (http as HttpRule[]) : [];
}

function withHttp(object: MeshObject, http: readonly unknown[]): MeshObject {
  return { ...object, spec: { ...object.spec, http } };
}
