import { ISTIO_API_VERSION, nameOf } from '../istio-objects/mesh-object.js';
import type { MeshKind, MeshObject } from '../istio-objects/mesh-object.js';
import type { Cluster } from '../../../cluster/cluster.js';
import { statusOf } from '../../../cluster/cluster-failure.js';
import { listAll } from '../../../cluster/paged-list.js';
import { pathOf, type Resource } from '../../../cluster/resource.js';
import { Refusal } from '../../../cluster/refusal.js';
import { Problem } from '../../../domain/problem.js';
import type { Removal } from './surplus-fields.js';

/** Under this name the API server notes which fields are ours. */
export const FIELD_MANAGER = 'tidegate';
/** Of no object that stands: a write over one is refused as invalid. */
const NEVER_WRITTEN = '0';
const [group = '', version = ''] = ISTIO_API_VERSION.split('/');
const PLURALS: { readonly [kind in MeshKind]: string } = {
  VirtualService: 'virtualservices',
  DestinationRule: 'destinationrules',
};

export interface ListScope {
  readonly namespace?: string | undefined;
  /** A label selector: `a=b,c=d`. */
  readonly labels?: string;
}

/** How an apply goes: as a rehearsal, and whether it takes fields that somebody else has set. */
export interface ApplyOptions {
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

/** Where the API server keeps all objects of a kind. */
export function resourceOf(kind: MeshKind, { namespace, labels }: ListScope = {}): Resource {
  return {
    group,
    version,
    plural: PLURALS[kind],
    ...(namespace !== undefined && { namespace }),
    ...(labels !== undefined && { labelSelector: labels }),
  };
}

/** Kinds that make a gateway ask the edge. */
const EDGE_KINDS: { readonly [kind: string]: Resource } = {
  EnvoyFilter: { group, version: 'v1alpha3', plural: 'envoyfilters' },
  AuthorizationPolicy: { group: 'security.istio.io', version: 'v1', plural: 'authorizationpolicies' },
  RequestAuthentication: { group: 'security.istio.io', version: 'v1', plural: 'requestauthentications' },
};

function placeOf({ kind, metadata: { namespace, name } }: MeshObject): string {
  const resource = EDGE_KINDS[kind] ?? resourceOf(kind as MeshKind);
  return pathOf({ ...resource, namespace }, name);
}

/** A list is never missing, only its kind. */
function unknownKind(kind: MeshKind, cause: unknown): Problem {
  const message = `The API server knows no ${kind} of ${ISTIO_API_VERSION}: install the definitions of Istio 1.22 or newer.`;
  return new Problem('MESH_REFUSED', message, { cause });
}

/** VirtualServices and DestinationRules on the API server. Rejects as `Cluster.request` does. */
export class IstioObjectsApi {
  /** `wrote` is told of each object that was written, and its version then, null where it was removed. */
  constructor(
    private readonly cluster: Cluster,
    private readonly wrote: (object: MeshObject, version: string | null) => void = () => undefined,
  ) {}

  /** All objects of a kind: of one namespace or of all, and with these labels or any. */
  async list(kind: MeshKind, scope: ListScope = {}): Promise<readonly MeshObject[]> {
    try {
      return (await listAll<MeshObject>(this.cluster, resourceOf(kind, scope))).items;
    } catch (error) {
      throw statusOf(error) === 404 ? unknownKind(kind, error) : error;
    }
  }

  /** The object that stands under the name of `wanted`, or null. */
  async get(wanted: MeshObject): Promise<MeshObject | null> {
    try {
      return await this.cluster.request<MeshObject>({ path: placeOf(wanted) });
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw error;
    }
  }

  /** Server-side apply. With a resourceVersion in its metadata only over that very version: else 409. */
  async apply(object: MeshObject, { dryRun, force = false }: ApplyOptions = {}): Promise<MeshObject> {
    const after = await this.cluster.request<MeshObject>({
      method: 'PATCH',
      path: placeOf(object),
      query: { fieldManager: FIELD_MANAGER, force, dryRun: dryRun ? 'All' : undefined },
      body: object,
      contentType: 'application/apply-patch+yaml',
    });
    if (!dryRun) this.wrote(after, after.metadata.resourceVersion ?? null);
    return after;
  }

  /** Server-side apply that makes the object. Rejects with 409 where one stands under its name, whosever it is. */
  async create(object: MeshObject, { dryRun }: Pick<ApplyOptions, 'dryRun'> = {}): Promise<MeshObject> {
    try {
      const metadata = { ...object.metadata, resourceVersion: NEVER_WRITTEN };
      return await this.apply({ ...object, metadata }, { dryRun: dryRun === true });
    } catch (error) {
      if (statusOf(error) !== 422 || (await this.get(object)) === null) throw error;
      throw new Refusal(409, `${nameOf(object)} stands already`);
    }
  }

  /** Takes fields out of an object's spec, whoever set them; the object as it is then. */
  async removeFields(standing: MeshObject, spec: Removal): Promise<MeshObject> {
    const { resourceVersion } = standing.metadata;
    const after = await this.cluster.request<MeshObject>({
      method: 'PATCH',
      path: placeOf(standing),
      query: { fieldManager: FIELD_MANAGER },
      body: { metadata: { resourceVersion }, spec },
      contentType: 'application/merge-patch+json',
    });
    this.wrote(after, after.metadata.resourceVersion ?? null);
    return after;
  }

  /** Deletes an object in the version read; one that is gone already is no error. */
  async delete(standing: MeshObject): Promise<void> {
    const { resourceVersion } = standing.metadata;
    try {
      const body = { preconditions: { resourceVersion } };
      await this.cluster.request({ method: 'DELETE', path: placeOf(standing), body });
      this.wrote(standing, null);
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }
}
