/** Where the sets of `.`, `\d`, `\w` and `\s` begin and where they have just ended. */
const CLASS_BORDERS = [
  0x01, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x20, 0x21, 0x30, 0x3a, 0x41, 0x5b, 0x5f, 0x60, 0x61, 0x7b,
  0xa0, 0xa1, 0x1680, 0x1681, 0x2000, 0x200b, 0x2028, 0x202a, 0x202f, 0x2030, 0x205f, 0x2060, 0x3000, 0x3001,
  0xfeff, 0xff00,
];
/** Unicode properties are looked at up to here; what lies above is like something below. */
const HIGHEST_LOOKED_AT = 0x1_ffff;
const HIGHEST = 0x10_ffff;

/**
 * Which of the sets that positions read hold a character, for one character of each kind: two of a kind are in the same
 * sets. `reads` are sources of single characters or classes.
 */
export function kindsOf(reads: readonly string[]): ReadonlySet<string>[] {
  const sets = [...new Set(reads)].filter((read) => read !== '^' && read !== '$');
  const tests = sets.map((source) => ({ source, form: new RegExp(`^${source}$`, 'u') }));
  const kinds = new Map<string, ReadonlySet<string>>();
  for (const point of borders(sets)) {
    const character = String.fromCodePoint(point);
    const holding = tests.filter(({ form }) => form.test(character)).map(({ source }) => source);
    kinds.set(holding.join('\n'), new Set(holding));
  }
  return [...kinds.values()];
}

/** Code points at which membership of any of the sets may change. */
function borders(sets: readonly string[]): Set<number> {
  const points = new Set([0, ...CLASS_BORDERS]);
  for (const source of sets) {
    for (const character of source) addAround(points, character.codePointAt(0) ?? 0);
    for (const [, hex = ''] of source.matchAll(/\\x([0-9a-fA-F]{2})/g))
      addAround(points, Number.parseInt(hex, 16));
    for (const [, name = ''] of source.matchAll(/\\[pP]\{([^}]*)\}/g))
      for (const point of propertyBorders(name)) points.add(point);
  }
  return points;
}

function addAround(points: Set<number>, point: number): void {
  points.add(point);
  if (point < HIGHEST) points.add(point + 1);
}

const knownBorders = new Map<string, readonly number[]>();

/** Where the set of a Unicode property begins and where it has just ended; there are few properties, so all are kept. */
function propertyBorders(name: string): readonly number[] {
  const known = knownBorders.get(name);
  if (known !== undefined) return known;
  const form = new RegExp(`^\\p{${name}}$`, 'u');
  const points: number[] = [];
  let inside = false;
  for (let point = 0; point <= HIGHEST_LOOKED_AT; point += 1) {
    if (form.test(String.fromCodePoint(point)) === inside) continue;
    inside = !inside;
    points.push(point);
  }
  knownBorders.set(name, points);
  return points;
}
