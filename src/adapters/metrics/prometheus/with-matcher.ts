/** A plain selector (`isPlainSelector`) that asks for one more label: of `name`, `{…}` and `name{…}` alike. */
export function withMatcher(selector: string, label: string, value: string): string {
  const matcher = `${label}=${JSON.stringify(value)}`;
  const plain = selector.trimEnd();
  if (!plain.endsWith('}')) return `${plain}{${matcher}}`;
  const inside = plain.slice(plain.indexOf('{') + 1, -1).trim();
  const before = inside === '' || inside.endsWith(',') ? inside : `${inside},`;
  return `${plain.slice(0, plain.indexOf('{'))}{${before}${matcher}}`;
}
