import type { MeshDrift } from '../../../ports/mesh.js';
import { isSameObject, nameOf } from '../istio-objects/mesh-object.js';
import type { MeshObject } from '../istio-objects/mesh-object.js';
import { saysTheSame } from '../istio-objects/same-content.js';
import { FIELD_MANAGER } from './istio-objects-api.js';

/** Who set which fields, as the API server notes it. */
interface ManagedFields {
  readonly manager?: string;
  readonly time?: string;
  readonly subresource?: string;
}

/** The one, besides us, who last set fields of an object; null where nobody did. */
function lastManager({ metadata }: MeshObject): string | null {
  const { managedFields = [] } = metadata as { readonly managedFields?: readonly ManagedFields[] };
  const others = managedFields.filter(
    ({ manager, subresource }) => manager !== undefined && manager !== FIELD_MANAGER && !subresource,
  );
  const newest = others.toSorted((a, b) => (a.time ?? '').localeCompare(b.time ?? '')).at(-1);
  return newest?.manager ?? null;
}

/**
 * What somebody else has made of `wanted` in `standing`, all that stands under its names: the first object that was
 * removed, or that says something else than it `stood` last. Where that isn't known, only one that another manager set
 * fields of. Undefined where nobody else did: then what is wanted has changed, and not what stands.
 */
export function foreignEdit(
  standing: readonly MeshObject[],
  wanted: readonly MeshObject[],
  stood?: readonly MeshObject[],
): MeshDrift | undefined {
  for (const object of wanted) {
    const before = stood && find(stood, object);
    const isNew = stood !== undefined && before === undefined;
    const edit = isNew ? undefined : editOf(object, find(standing, object), before);
    if (edit !== undefined) return { object: nameOf(object), ...edit };
  }
  return undefined;
}

function editOf(
  wanted: MeshObject,
  found: MeshObject | undefined,
  before: MeshObject | undefined,
): Omit<MeshDrift, 'object'> | undefined {
  if (found === undefined) return { act: 'removed', manager: null };
  if (saysTheSame(found, wanted) || (before && saysTheSame(found, before))) return undefined;
  const manager = lastManager(found);
  return manager === null && before === undefined ? undefined : { act: 'changed', manager };
}

function find(objects: readonly MeshObject[], object: MeshObject): MeshObject | undefined {
  return objects.find((other) => isSameObject(object, other));
}
