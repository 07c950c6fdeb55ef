import { anyOf, speltMatcher } from './spelt-selector.js';

/** A plain selector (`isPlainSelector`) that asks for one more label: of `name`, `{…}` and `name{…}` alike. */
export function withMatcher(selector: string, label: string, value: string): string {
  return withAnyOf(selector, label, [value]);
}

/** The same, where the label may have any of these values. */
export function withAnyOf(selector: string, label: string, values: readonly string[]): string {
  const matcher = speltMatcher(anyOf(label, values));
  const plain = selector.trimEnd();
  if (!plain.endsWith('}')) return `${plain}{${matcher}}`;
  const inside = plain.slice(plain.indexOf('{') + 1, -1).trim();
  const before = inside === '' || inside.endsWith(',') ? inside : `${inside},`;
  return `${plain.slice(0, plain.indexOf('{'))}{${before}${matcher}}`;
}
