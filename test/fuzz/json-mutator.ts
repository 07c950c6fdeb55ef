import type { Random } from './random.js';

/** A level of lists and objects this deep. */
function nested(depth: number): unknown {
  let value: unknown = 'deep';
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** Values that are JSON and rarely what was asked for. */
export const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  1,
  -1,
  0.5,
  100_000,
  100_001,
  2 ** 31,
  2 ** 53,
  1e308,
  '',
  ' ',
  'a',
  'on',
  'v1',
  'employees',
  'new-checkout',
  '__proto__',
  'constructor',
  'toString',
  '\ud800',
  '😀é\u0000\u2028',
  'x'.repeat(3_000),
  '(a+)+$',
  '[',
  '^(?<n>a)\\k<n>$',
  '2026-11-26T00:00:00Z',
  'targetingKey',
  [],
  {},
  [null],
  ['a', 'a'],
  { a: 1 },
  { '': null },
  nested(40),
  nested(70),
];

/** A copy of a JSON value with one to three things in it replaced, left out, added or swapped. */
export function mutateJson(value: unknown, random: Random): unknown {
  let mutated = structuredClone(value);
  for (let left = 1 + random.below(3); left > 0; left -= 1) mutated = mutateOnce(mutated, random);
  return mutated;
}

function mutateOnce(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.chance(0.05)) return odd(random);
  const names = Object.keys(value);
  const name = names.length === 0 ? undefined : random.one(names);
  const holder = value as Record<string, unknown>;
  if (name !== undefined && random.chance(0.6)) {
    define(holder, name, mutateOnce(holder[name], random));
    return value;
  }
  if (Array.isArray(value)) return mutateList(value, random);
  if (name !== undefined && random.chance(0.5)) delete holder[name];
  else define(holder, String(random.one(ODD_VALUES)), odd(random));
  return value;
}

function mutateList(list: readonly unknown[], random: Random): unknown[] {
  const at = random.below(list.length + 1);
  switch (random.below(3)) {
    case 0:
      return list.toSpliced(at, 1);
    case 1:
      return list.toSpliced(at, 0, structuredClone(list[at] ?? odd(random)));
    default:
      return list.toReversed();
  }
}

function odd(random: Random): unknown {
  return structuredClone(random.one(ODD_VALUES));
}

/** As JSON.parse does: a property of any name, "__proto__" too. */
function define(holder: object, name: string, value: unknown): void {
  Object.defineProperty(holder, name, { value, enumerable: true, writable: true, configurable: true });
}
