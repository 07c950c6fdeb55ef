/** A label (or attribute) of a series and what is asked of it. Patterns (`=~`, `!~`) are anchored at both ends, RE2. */
export interface LabelMatcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** A plain selector, read. */
export interface Selector {
  /** null where only labels are asked. */
  readonly metric: string | null;
  readonly matchers: readonly LabelMatcher[];
}

const SPACE = /\s*/y;
const NAME = /[A-Za-z_:][A-Za-z0-9_:]*/y;
const LABEL = /[A-Za-z_][A-Za-z0-9_]*/y;
const QUOTED = /"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'|`[^`]*`/y;
const OPERATOR = /=~|!~|!=|=/y;

/**
 * Reads a plain Prometheus selector: `name`, `{matchers}` or `name{matchers}`, as PromQL spells them, with names in quotes
 * (`{"http.server.requests", "service.version"="v2"}`) as Prometheus 3 does; null for anything else: a function, an operator,
 * a range, an offset, a comment.
 */
export function readSelector(text: string): Selector | null {
  const scan = new Scan(text);
  const bare = scan.take(NAME);
  if (bare !== null) scan.take(SPACE);
  if (scan.isAtEnd) return bare === null || /\s$/.test(text) ? null : { metric: bare, matchers: [] };
  const inside = readBraces(scan);
  return inside === null || !scan.isAtEnd ? null : named(bare, inside);
}

/** A selector has one name or at least one matcher. */
function named(bare: string | null, { metric: quoted, matchers }: Selector): Selector | null {
  if (bare !== null && quoted !== null) return null;
  const metric = bare ?? quoted;
  return metric === null && matchers.length === 0 ? null : { metric, matchers };
}

/** Whether a text is a plain selector. */
export function isPlainSelector(text: string): boolean {
  return readSelector(text) !== null;
}

function readBraces(scan: Scan): Selector | null {
  const matchers: LabelMatcher[] = [];
  let metric: string | null = null;
  if (!scan.skip('{')) return null;
  scan.take(SPACE);
  while (!scan.skip('}')) {
    const part = readPart(scan);
    if (part === null) return null;
    if (typeof part !== 'string') matchers.push(part);
    else if (metric === null) metric = part;
    else return null;
    scan.take(SPACE);
    const goesOn = scan.skip(',');
    scan.take(SPACE);
    if (!goesOn && !scan.sees('}')) return null;
  }
  return { metric, matchers };
}

/** A matcher, or a metric's name in quotes. */
function readPart(scan: Scan): LabelMatcher | string | null {
  const bare = scan.take(LABEL);
  const quoted = bare === null ? scan.take(QUOTED) : null;
  const label = bare ?? (quoted === null ? null : unquoted(quoted));
  if (label === null) return null;
  scan.take(SPACE);
  const operator = scan.take(OPERATOR);
  if (operator === null) return quoted === null || label === '' ? null : label;
  scan.take(SPACE);
  const value = scan.take(QUOTED);
  if (value === null) return null;
  return { label, operator: operator as LabelMatcher['operator'], value: unquoted(value) };
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** What a quoted text says; escapes as in Go, whose numbers of fewer digits than they need stand for themselves. */
function unquoted(text: string): string {
  const inside = text.slice(1, -1);
  if (text.startsWith('`')) return inside;
  return inside.replaceAll(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))/g, (_, x, u, one: string) => {
    const hex = (x ?? u) as string | undefined;
    return hex === undefined ? (ESCAPES[one] ?? one) : String.fromCharCode(Number.parseInt(hex, 16));
  });
}

/** A place in a text. */
class Scan {
  #at = 0;

  constructor(private readonly text: string) {}

  get isAtEnd(): boolean {
    return this.#at === this.text.length;
  }

  sees(character: string): boolean {
    return this.text[this.#at] === character;
  }

  skip(character: string): boolean {
    const isThere = this.sees(character);
    if (isThere) this.#at += 1;
    return isThere;
  }

  /** What a sticky pattern finds here, stepped over; null for nothing. */
  take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }
}
