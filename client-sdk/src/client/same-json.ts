/** Whether two JSON values are equal, whatever the order of their keys. Throws RangeError where they nest too deep. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  return Array.isArray(a) ? sameList(a, b as readonly unknown[]) : sameObject(a, b);
}

function sameObject(a: object, b: object): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(valueAt(a, key), valueAt(b, key)))
  );
}

function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((element, index) => sameJson(element, b[index]));
}

function valueAt(object: object, key: string): unknown {
  return (object as { readonly [key: string]: unknown })[key];
}
