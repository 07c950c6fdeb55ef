/** `text` as a regular expression that matches exactly it, in RE2 and JavaScript. */
export function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
