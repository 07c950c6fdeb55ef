/** `text` as a regular expression that matches exactly it, in RE2 and JavaScript. */
export function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

/** What may stand in a cookie's value unencoded (RFC 6265), without `%`, which readers decode. */
const COOKIE_TEXT = /^[!#$&-+\--:<-[\]-~]*$/;

/** Whether a cookie can hold exactly this text, unencoded. */
export function isCookieText(text: string): boolean {
  return COOKIE_TEXT.test(text);
}
