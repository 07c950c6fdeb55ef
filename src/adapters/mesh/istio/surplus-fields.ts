/** A merge patch that takes fields away: null for each, at any depth. */
export type Removal = { readonly [field: string]: null | Removal };

type Fields = { readonly [field: string]: unknown };

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What `standing` has and `wanted` has not, as what takes it away; null for nothing. Lists are one value. */
export function surplusFields(standing: Fields = {}, wanted: Fields = {}): Removal | null {
  const removal = Object.entries(standing).flatMap(([field, value]): [string, null | Removal][] => {
    if (!(field in wanted)) return [[field, null]];
    const [before, after] = [value, wanted[field]];
    if (!isFields(before) || !isFields(after)) return [];
    const within = surplusFields(before, after);
    return within === null ? [] : [[field, within]];
  });
  return removal.length === 0 ? null : Object.fromEntries(removal);
}
