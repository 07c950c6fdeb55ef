const NAME = '[A-Za-z_:][A-Za-z0-9_:]*';
const VALUE = '(?:"(?:[^"\\\\\\n]|\\\\[^\\n])*"|\'(?:[^\'\\\\\\n]|\\\\[^\\n])*\'|`[^`]*`)';
const MATCHER = `\\s*[A-Za-z_][A-Za-z0-9_]*\\s*(?:=~|!~|!=|=)\\s*${VALUE}\\s*`;
const MATCHERS = `\\{${MATCHER}(?:,${MATCHER})*(?:,\\s*)?\\}`;
const PLAIN = new RegExp(`^(?:${NAME}(?:\\s*(?:\\{\\s*\\}|${MATCHERS}))?|${MATCHERS})$`);

/**
 * Whether a text is a plain Prometheus selector: `name`, `{matchers}` or `name{matchers}`, as PromQL spells them, and no
 * function, operator, range, offset or comment.
 */
export function isPlainSelector(text: string): boolean {
  return PLAIN.test(text);
}
