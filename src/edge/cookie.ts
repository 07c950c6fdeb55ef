/** The values of a cookie in a `cookie` header, in the order sent; a client may send several of one name. */
export function cookiesIn(header: string | undefined, name: string): string[] {
  if (header === undefined || !header.includes(name)) return [];
  return header.split(';').flatMap((part) => {
    const pair = part.trim();
    return pair.startsWith(`${name}=`) ? [pair.slice(name.length + 1).replace(/^"(.*)"$/, '$1')] : [];
  });
}
