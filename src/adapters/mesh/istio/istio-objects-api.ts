import { ISTIO_API_VERSION } from '../istio-objects/mesh-object.js';
import type { MeshKind, MeshObject } from '../istio-objects/mesh-object.js';
import type { ClusterClients } from './cluster-clients.js';
import { statusOf } from './cluster-failure.js';

/** Under this name the API server notes which fields are ours. */
const FIELD_MANAGER = 'tidegate';
const [group = '', version = ''] = ISTIO_API_VERSION.split('/');
const GROUP = { group, version };
const PLURALS: { readonly [kind in MeshKind]: string } = {
  VirtualService: 'virtualservices',
  DestinationRule: 'destinationrules',
};

interface List {
  readonly items: readonly MeshObject[];
}

interface ListScope {
  readonly namespace?: string | undefined;
  /** A label selector: `a=b,c=d`. */
  readonly labels?: string;
}

/** How an apply goes: as a rehearsal, and whether it takes fields that somebody else has set. */
export interface ApplyOptions {
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

function pluralOf(kind: string): string {
  return PLURALS[kind as MeshKind];
}

function nameIn(object: MeshObject) {
  const { name, namespace } = object.metadata;
  return { ...GROUP, plural: pluralOf(object.kind), name, namespace };
}

/** VirtualServices and DestinationRules on the API server. Rejects with what the client library throws. */
export class IstioObjectsApi {
  constructor(private readonly clients: ClusterClients) {}

  /** All objects of a kind: of one namespace or of all, and with these labels or any. */
  async list(kind: MeshKind, scope: ListScope = {}): Promise<readonly MeshObject[]> {
    const labelSelector = scope.labels;
    const list =
      scope.namespace === undefined
        ? this.clients.custom.listCustomObjectForAllNamespaces({
            ...GROUP,
            resourcePlural: PLURALS[kind],
            labelSelector,
          })
        : this.clients.custom.listNamespacedCustomObject({
            ...GROUP,
            plural: PLURALS[kind],
            namespace: scope.namespace,
            labelSelector,
          });
    const { items } = (await list) as List;
    // The API leaves these two out of a list's items.
    return items.map((item) => ({ ...item, apiVersion: ISTIO_API_VERSION, kind }));
  }

  /** The object that stands under the name of `wanted`, or null. */
  async get(wanted: MeshObject): Promise<MeshObject | null> {
    try {
      return (await this.clients.custom.getNamespacedCustomObject(nameIn(wanted))) as MeshObject;
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw error;
    }
  }

  /** Server-side apply. With a resourceVersion in its metadata only over that very version: else 409. */
  async apply(object: MeshObject, { dryRun, force = false }: ApplyOptions = {}): Promise<MeshObject> {
    const patch = { ...nameIn(object), body: object, fieldManager: FIELD_MANAGER, force };
    const options = this.clients.contentType('application/apply-patch+yaml');
    return (await this.clients.custom.patchNamespacedCustomObject(
      { ...patch, ...(dryRun && { dryRun: 'All' }) },
      options,
    )) as MeshObject;
  }

  /** Takes fields out of an object's spec, whoever set them; the object as it is then. */
  async removeFields(standing: MeshObject, fields: readonly string[]): Promise<MeshObject> {
    const { resourceVersion } = standing.metadata;
    const spec = Object.fromEntries(fields.map((field) => [field, null]));
    return (await this.clients.custom.patchNamespacedCustomObject(
      { ...nameIn(standing), body: { metadata: { resourceVersion }, spec }, fieldManager: FIELD_MANAGER },
      this.clients.contentType('application/merge-patch+json'),
    )) as MeshObject;
  }

  /** Deletes an object in the version read; one that is gone already is no error. */
  async delete(standing: MeshObject): Promise<void> {
    const { resourceVersion } = standing.metadata;
    try {
      const body = { preconditions: { resourceVersion } };
      await this.clients.custom.deleteNamespacedCustomObject({ ...nameIn(standing), body });
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }
}
