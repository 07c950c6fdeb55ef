/** A version split by SemVer 2.0.0; numbers stay digit strings, so none is too large. Build metadata has no precedence. */
export interface Semver {
  readonly core: readonly string[];
  /** Identifiers after the hyphen; empty for a release. */
  readonly prerelease: readonly string[];
}

const LONGEST_VERSION = 256;
const NUMBER = '(?:0|[1-9]\\d*)';
const IDENTIFIER = `(?:${NUMBER}|\\d*[a-zA-Z-][\\da-zA-Z-]*)`;
const VERSION = new RegExp(
  `^v?(${NUMBER})\\.(${NUMBER})\\.(${NUMBER})(?:-(${IDENTIFIER}(?:\\.${IDENTIFIER})*))?(?:\\+[\\da-zA-Z-]+(?:\\.[\\da-zA-Z-]+)*)?$`,
);
const DIGITS = /^\d+$/;

/** Reads `1.2.3`, `v1.2.3-rc.1+build`; null for anything else. */
export function parseSemver(value: unknown): Semver | null {
  if (typeof value !== 'string' || value.length > LONGEST_VERSION) return null;
  const match = VERSION.exec(value);
  if (match === null) return null;
  const [, major = '', minor = '', patch = '', prerelease] = match;
  return { core: [major, minor, patch], prerelease: prerelease === undefined ? [] : prerelease.split('.') };
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function compareNumber(a: string, b: string): number {
  return a.length === b.length ? compareText(a, b) : a.length - b.length;
}

/** Numeric identifiers stand below the others. */
function compareIdentifier(a: string, b: string): number {
  const aIsNumber = DIGITS.test(a);
  if (aIsNumber !== DIGITS.test(b)) return aIsNumber ? -1 : 1;
  return aIsNumber ? compareNumber(a, b) : compareText(a, b);
}

function compareLists(
  a: readonly string[],
  b: readonly string[],
  compare: (a: string, b: string) => number,
): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    const order = compare(left, right);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Precedence by SemVer 2.0.0 §11: negative when `a` comes first, 0 when they rank the same. */
export function compareSemver(a: Semver, b: Semver): number {
  const core = compareLists(a.core, b.core, compareNumber);
  if (core !== 0) return core;
  if (a.prerelease.length === 0 || b.prerelease.length === 0)
    return b.prerelease.length - a.prerelease.length;
  return compareLists(a.prerelease, b.prerelease, compareIdentifier);
}
