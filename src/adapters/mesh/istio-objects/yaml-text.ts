import { parseAllDocuments, stringify } from 'yaml';
import type { MeshObject } from './mesh-object.js';

const OPTIONS = { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false, singleQuote: true } as const;

/** The objects as YAML documents. Words that YAML 1.1 takes for something else (`y`, `no`, `12:30`) are quoted. */
export function yamlOf(objects: readonly MeshObject[]): string {
  return objects.map((object) => stringify(object, OPTIONS)).join('---\n');
}

function isObject(value: unknown): value is MeshObject {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, metadata } = value as Partial<MeshObject>;
  return (
    typeof kind === 'string' && typeof metadata?.name === 'string' && typeof metadata.namespace === 'string'
  );
}

/** The Kubernetes objects in a text; whatever is none, or can't be read, is left out. */
export function objectsIn(text: string): readonly MeshObject[] {
  return [...parseAllDocuments(text, { version: '1.1' })].flatMap((document): MeshObject[] => {
    try {
      const value: unknown = document.toJS({ maxAliasCount: 0 });
      return isObject(value) ? [value] : [];
    } catch {
      return [];
    }
  });
}
