/** The values of a cookie in a `cookie` header, in the order sent; a client may send several of one name. */
export function cookiesIn(header: string | undefined, name: string): string[] {
  const values: string[] = [];
  if (header === undefined) return values;
  const start = `${name}=`;
  for (let at = header.indexOf(start); at >= 0; at = header.indexOf(start, at + 1)) {
    if (!beginsAt(header, at)) continue;
    const end = header.indexOf(';', at);
    values.push(unquoted(header.slice(at + start.length, end < 0 ? header.length : end).trim()));
  }
  return values;
}

/** Whether nothing but spaces stands between this place and the cookie before it. */
function beginsAt(header: string, at: number): boolean {
  let before = at - 1;
  while (header[before] === ' ') before -= 1;
  return before < 0 || header[before] === ';';
}

function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}
