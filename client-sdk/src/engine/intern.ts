/**
 * The same text as an internalised string, which V8 compares to other internalised strings (property names, short
 * strings from JSON.parse) by pointer.
 */
export function intern(text: string): string {
  return Object.keys({ [text]: 0 })[0] ?? text;
}
