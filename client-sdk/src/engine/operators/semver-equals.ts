import type { Json } from '../json.js';
import { never } from './predicate.js';
import type { Predicate } from './predicate.js';
import { compareSemver, parseSemver } from './semver.js';

/** A SemVer 2.0.0 version (a leading `v` is allowed) of the same rank as the operand. */
export function semverEquals(operand: Json): Predicate {
  const limit = parseSemver(operand);
  if (limit === null) return never;
  return (value) => {
    const version = parseSemver(value);
    return version !== null && compareSemver(version, limit) === 0;
  };
}
