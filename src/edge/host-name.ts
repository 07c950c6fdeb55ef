/** A host as clients spell it, in lower case, without port and without the dot of the root. */
export function hostName(spelling: string): string {
  return spelling.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
}
