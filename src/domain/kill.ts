import type { Documents, Edit, Kind } from './documents.js';
import { isSameJson } from './same-json.js';

/**
 * The edit of a proposal that only turns a flag off, or closes a route to a version that it has, and leaves all else as
 * it stands; null where it is any other. `value` may be unparsed. A kill is taken as it is: what stands may be refused by
 * now, for reasons that came later or lie elsewhere, and none of them may stand before it.
 */
export function killOf(
  documents: Documents,
  { kind, key, value }: { readonly kind: Kind; readonly key: string; readonly value: unknown },
): Edit | null {
  const killed = killedDocument(documents, kind, key, value);
  return killed !== null && isSameJson(value, killed.value) ? killed : null;
}

function killedDocument(documents: Documents, kind: Kind, key: string, value: unknown): Edit | null {
  if (kind === 'flag') {
    const flag = documents.value(kind, key);
    return flag === undefined ? null : { kind, key, value: { ...flag, enabled: false } };
  }
  if (kind !== 'route' || typeof value !== 'object' || value === null || !('closed' in value)) return null;
  const route = documents.value(kind, key);
  const { closed } = value;
  if (route === undefined || typeof closed !== 'string' || !Object.hasOwn(route.versions, closed))
    return null;
  return { kind, key, value: { ...route, closed } };
}
