import { isSameObject, REVISION_ANNOTATION } from './mesh-object.js';
import type { MeshObject } from './mesh-object.js';
import { revisionOf } from './ownership.js';
import { saysTheSame } from './same-content.js';

/**
 * `wanted`, where a DestinationRule that stands just so, made from another table, keeps that table's revision: a share that
 * moves changes no subset, so there is nothing to write. Which table stands, the VirtualServices say.
 */
export function unmovedRule(
  own: readonly MeshObject[],
  wanted: readonly MeshObject[],
): readonly MeshObject[] {
  if (!wanted.some(({ kind }) => kind === 'VirtualService')) return wanted;
  return wanted.map((object) => {
    if (object.kind !== 'DestinationRule') return object;
    const standing = own.find((other) => isSameObject(object, other));
    const revision = standing && revisionOf(standing);
    if (!standing || !revision) return object;
    const { annotations } = object.metadata;
    const kept = {
      ...object,
      metadata: { ...object.metadata, annotations: { ...annotations, [REVISION_ANNOTATION]: revision } },
    };
    return saysTheSame(standing, kept) ? kept : object;
  });
}

/** Token of the table that stands, of `desired` one where that isn't whole yet; null where none does. */
export function standingRevision(own: readonly MeshObject[], desired: string): string | null {
  const services = own.filter(({ kind }) => kind === 'VirtualService');
  const tokens = (services.length > 0 ? services : own).map(revisionOf);
  return tokens.find((token) => token !== desired) ?? tokens[0] ?? null;
}
